/** `npm run build:schema`: writes etc/config.schema.json and docs/config/options from the schemas. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configJsonSchema } from "./json-schema.ts";
import { optionPages } from "./option-tables.ts";

const root = join(import.meta.dirname, "../..");
await writeFile(join(root, "etc/config.schema.json"), configJsonSchema());
for (const [name, text] of optionPages()) await writeFile(join(root, "docs/config/options", name), text);
