import * as v from "valibot";
import { serviceMetadata } from "../../model/options.ts";

/** Options of `services.demo`. */
export const demoOptions = v.strictObject({
  /** Shown as the heading of the overview. */
  md: v.nullish(serviceMetadata),
  /** Tiles below the previews, as `{url: "https://…/{z}/{x}/{y}.png"}`; none unless configured. */
  background: v.nullish(v.strictObject({ url: v.string() })),
});

export type DemoOptions = v.InferOutput<typeof demoOptions>;
