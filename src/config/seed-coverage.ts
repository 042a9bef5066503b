import * as v from "valibot";
import { ConfigError } from "../core/errors.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { coverageConfig } from "../model/options.ts";
import type { BuildContext } from "./build-context.ts";
import { childMap, emptyMap } from "./plain.ts";
import { faultAt, type RawConfig } from "./read.ts";
import { wordIssue } from "./report.ts";

/**
 * One of the areas that a seed file names below `coverages`.
 *
 * @param context with the directory of the seed file, which paths are relative to
 * @throws ConfigError if there is none of that name, or it cannot be used
 */
export async function seedCoverage(
  raw: RawConfig,
  name: string,
  context: BuildContext,
): Promise<Coverage | undefined> {
  const coverages = childMap(raw.value, "coverages") ?? emptyMap();
  if (!Object.hasOwn(coverages, name)) {
    const known = Object.keys(coverages).join(",");
    const message = `coverage ${name} not found. available coverages: ${known}`;
    throw new ConfigError([faultAt(raw, ["coverages"], { message, severity: "error" })]);
  }
  const result = v.safeParse(coverageConfig, coverages[name]);
  if (!result.success) {
    const faults = result.issues
      .flatMap(wordIssue)
      .map(({ path, message }) =>
        faultAt(raw, ["coverages", name, ...path], { message, severity: "error" }),
      );
    throw new ConfigError(faults);
  }
  const coverage = await context.attempt(`coverages.${name}`, () =>
    context.coverage(result.output),
  );
  context.check();
  return coverage;
}
