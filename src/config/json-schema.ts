/** `etc/config.schema.json`, for editors; made at build time only. */
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { configSchema } from "./schema.ts";

/** Mappings that may stand empty in YAML (`wms:`) are checked by Rhumb as `{}`. */
const ABOUT =
  "A configuration of Rhumb: mapproxy.yaml, or TOML with the same keys. Made by npm run build:schema.";

/**
 * The schema of a configuration file as JSON Schema (draft 7, what editors read best). Rules that JSON
 * Schema has no words for, such as the order of two limits, are left to `rhumb check`.
 */
export function configJsonSchema(): string {
  const schema = toJsonSchema(configSchema as v.GenericSchema, {
    errorMode: "ignore",
    typeMode: "input",
    target: "draft-07",
  });
  return `${JSON.stringify({ ...schema, title: "Rhumb", description: ABOUT }, null, 1)}\n`;
}
