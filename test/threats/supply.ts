/**
 * What is installed: the lock file's packages, their licences and their bill of materials.
 *
 * `node test/threats/supply.ts` tells what is wrong, and ends with 1 then; `--sbom` prints a CycloneDX document.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One entry of the lock file. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
  readonly integrity: string | undefined;
  readonly isDev: boolean;
  readonly isOptional: boolean;
  readonly hasInstallScript: boolean;
}

/** Licences that ask for no more than a notice. */
const PERMISSIVE = new Set([
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "CC0-1.0",
  "Unlicense",
  "Zlib",
]);

/** Others that were looked at, and why they are taken. */
const ACCEPTED: Readonly<Record<string, string>> = {
  "xslt-processor": "LGPL-3.0: used unchanged, as a package of its own that can be replaced",
};

/** Packages that may run a program when they are installed. */
const INSTALL_SCRIPTS = new Set(["bun", "esbuild", "msgpackr-extract", "sharp", "workerd"]);

/** All packages of the lock file. */
export function lockedPackages(): readonly Package[] {
  const path = fileURLToPath(new URL("../../package-lock.json", import.meta.url));
  const lock: { packages: Record<string, Record<string, unknown>> } = JSON.parse(
    readFileSync(path, "utf8"),
  );
  return Object.entries(lock.packages)
    .filter(([at]) => at !== "")
    .map(([at, entry]) => ({
      name: at.slice(at.lastIndexOf("node_modules/") + "node_modules/".length),
      version: String(entry.version),
      license: entry.license as string | undefined,
      integrity: entry.integrity as string | undefined,
      isDev: entry.dev === true || entry.devOptional === true,
      isOptional: entry.optional === true,
      hasInstallScript: entry.hasInstallScript === true,
    }));
}

/** Sentences on what should not be; none: all is well. */
export function objections(packages: readonly Package[]): readonly string[] {
  const found: string[] = [];
  for (const each of packages) {
    const { name, license, integrity, isDev, isOptional, hasInstallScript } = each;
    // other systems' builds of a tool that is installed already are listed without being downloaded
    if (integrity === undefined && !isOptional) found.push(`${name}: no checksum in the lock file`);
    if (hasInstallScript && !INSTALL_SCRIPTS.has(name)) {
      found.push(`${name}: runs a program when it is installed`);
    }
    if (isDev || name in ACCEPTED || (isOptional && license === undefined)) continue;
    if (!isPermissive(license)) found.push(`${name}: licence ${license ?? "not told"}`);
  }
  return found;
}

/** `A OR B` needs one of both, `A AND B` both. */
export function isPermissive(license: string | undefined): boolean {
  if (license === undefined) return false;
  const text = license.replace(/[()]/g, "");
  return text
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((each) => PERMISSIVE.has(each.trim())));
}

/** CycloneDX 1.5 of what runs in production. */
export function billOfMaterials(packages: readonly Package[]): object {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    components: packages
      .filter(({ isDev }) => !isDev)
      .map(({ name, version, license, integrity }) => ({
        type: "library",
        name,
        version,
        purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
        ...(license !== undefined && { licenses: [{ expression: license }] }),
        ...(integrity?.startsWith("sha512-") && {
          hashes: [
            { alg: "SHA-512", content: Buffer.from(integrity.slice(7), "base64").toString("hex") },
          ],
        }),
      })),
  };
}

if (import.meta.main) {
  const packages = lockedPackages();
  if (process.argv.includes("--sbom")) {
    console.log(JSON.stringify(billOfMaterials(packages), undefined, 2));
  } else {
    const found = objections(packages);
    for (const line of found) console.log(line);
    console.log(`${packages.length} packages, ${found.length} objections`);
    process.exitCode = found.length > 0 ? 1 : 0;
  }
}
