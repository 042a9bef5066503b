import { emptyMap, isMap, type PlainMap } from "../../config/plain.ts";
import { SyntaxFault } from "../../config/syntax.ts";
import { writeYaml } from "../../config/write-yaml.ts";
import { parseYaml } from "../../config/yaml.ts";
import { UsageError } from "../../core/command-line.ts";
import { joinPath } from "../../core/path.ts";
import { decodeXml, readXml, XmlFault } from "../../core/xml-tree.ts";
import { redactUrl } from "../../http/url.ts";
import { CapabilitiesFault, parseWmsCapabilities } from "../capabilities.ts";
import { loadForTool } from "../configuration.ts";
import { download, downloadReason, withParameters } from "../download.ts";
import { defineTool, type ToolDeps, ToolFailure } from "../tool.ts";
import { sectionsFromGeoPackage } from "./from-geopackage.ts";
import { sectionsFromWms } from "./from-wms.ts";
import { header } from "./header.ts";
import { OverwriteFault } from "./overwrite.ts";
import { assemble, type Sections, seedConfig } from "./sections.ts";

/** `rhumb util autoconfig`: a configuration out of what a WMS or a GeoPackage says of itself. */
export const autoconfig = defineTool({
  name: "autoconfig",
  usage: "[options]",
  options: {
    capabilities: { value: "URL|FILE", about: "capabilities of a WMS, 1.1.1 or 1.3.0" },
    geopackage: { value: "FILE", about: "GeoPackage with tiles" },
    output: { value: "FILE", about: "configuration to write; - is the output", default: "-" },
    "output-seed": { value: "FILE", about: "seed configuration to write" },
    base: { value: "FILE", about: "base configuration, whose grids get caches" },
    overwrite: { value: "FILE", about: "YAML that is merged into the configuration" },
    "overwrite-seed": { value: "FILE", about: "YAML that is merged into the seed configuration" },
    force: { about: "write over existing files" },
  },
  async run({ options, words, help }, deps) {
    const { terminal } = deps;
    const { capabilities, geopackage } = options;
    if (words.length > 0) throw new UsageError(`unexpected argument: ${words[0]}`);
    if ((capabilities === undefined) === (geopackage === undefined)) {
      const wanted = "--capabilities required or --geopackage required";
      throw new ToolFailure(2, `ERROR: ${wanted}\n\n${help}`);
    }
    const output = options.output ?? "-";
    const outputs = [output, options["output-seed"]].filter((file) => file !== undefined);
    await checkOutputs(outputs, options.force, deps);

    const over = await readOverwrite(options.overwrite, deps);
    const overSeed = await readOverwrite(options["overwrite-seed"], deps);
    const base = options.base === undefined ? undefined : pathOf(options.base, deps);
    const sections =
      capabilities === undefined
        ? await fromGeoPackage(geopackage!, deps) // one of the two is there
        : await fromCapabilities(capabilities, base, deps);
    try {
      const config = assemble(sections, over, base);
      const head = header(redactUrl(capabilities ?? geopackage!), commandLine(options), deps); // dito
      await write(output, head + writeYaml(config), deps);
      if (options["output-seed"] !== undefined) {
        await write(options["output-seed"], head + writeYaml(seedConfig(config, overSeed)), deps);
      }
    } catch (error) {
      if (!(error instanceof OverwriteFault)) throw error;
      terminal.err(`ERROR: ${error.message}`);
      return 2;
    }
    return 0;
  },
});

/** The options as words, without secrets: they are written into the file. */
function commandLine(options: Readonly<Record<string, string | boolean | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (typeof value === "string") return [`--${name}`, redactUrl(value)];
    return value ? [`--${name}`] : [];
  });
}

function pathOf(file: string, { workingDirectory }: ToolDeps): string {
  return joinPath(workingDirectory, file);
}

async function checkOutputs(files: readonly string[], force: boolean, deps: ToolDeps) {
  for (const file of files) {
    if (file === "") throw new ToolFailure(2, "ERROR: no output: name a file, or - for the output");
    if (file === "-" || force) continue;
    if (await deps.platform.files?.stat(pathOf(file, deps))) {
      throw new ToolFailure(2, `ERROR: ${file} already exists, use --force to overwrite`);
    }
  }
}

async function write(file: string, text: string, { platform, terminal, ...deps }: ToolDeps) {
  if (file === "-") {
    terminal.out(text.trimEnd());
    return;
  }
  const path = joinPath(deps.workingDirectory, file);
  await platform.files?.write(path, new TextEncoder().encode(text));
}

async function readOverwrite(file: string | undefined, deps: ToolDeps): Promise<PlainMap> {
  if (file === undefined) return emptyMap();
  const bytes = await deps.platform.resource(pathOf(file, deps));
  if (!bytes) throw new ToolFailure(2, `ERROR: No file ${file} exists.`);
  try {
    const text = new TextDecoder().decode(bytes);
    const value = parseYaml({ path: file, text }, new WeakMap());
    if (value === null) return emptyMap();
    if (isMap(value)) return value;
    throw new ToolFailure(2, `ERROR: ${file} is not a YAML dictionary`);
  } catch (error) {
    if (error instanceof SyntaxFault) throw new ToolFailure(2, `ERROR: ${file}: ${error.message}`);
    throw error;
  }
}

async function fromGeoPackage(file: string, deps: ToolDeps): Promise<Sections> {
  const path = pathOf(file, deps);
  const { files, sqlite } = deps.platform;
  if (!(await files?.stat(path))) throw new ToolFailure(2, `ERROR: No file ${file} exists.`);
  if (!sqlite) throw new ToolFailure(2, "ERROR: Cannot read a GeoPackage: there is no SQLite here");
  try {
    using database = sqlite(path, { readOnly: true });
    return sectionsFromGeoPackage(database, path);
  } catch (error) {
    const reason = (error as Error).message;
    throw new ToolFailure(3, `ERROR: Cannot read ${file} as a GeoPackage: ${reason}`);
  }
}

async function fromCapabilities(
  input: string,
  base: string | undefined,
  deps: ToolDeps,
): Promise<Sections> {
  const { terminal } = deps;
  const grids = await baseGrids(base, deps);
  const text = decodeXml(await readInput(input, deps));
  try {
    const capabilities = parseWmsCapabilities(readXml(text, { doctype: true }));
    return sectionsFromWms(capabilities, grids, (code) =>
      terminal.err(`warning: unable to initialize srs for ${code}`),
    );
  } catch (error) {
    if (!(error instanceof CapabilitiesFault || error instanceof XmlFault)) throw error;
    const start = text.slice(0, 1000);
    throw new ToolFailure(3, `ERROR: Cannot read the capabilities: ${error.message}\n${start}`);
  }
}

async function readInput(input: string, deps: ToolDeps): Promise<Uint8Array> {
  if (!/^https?:\/\//i.test(input)) {
    const bytes = await deps.platform.resource(pathOf(input, deps));
    if (!bytes) throw new ToolFailure(2, `ERROR: No file ${input} exists.`);
    return bytes;
  }
  const version = /[?&]version=([^&]*)/i.exec(input)?.[1] ?? "1.1.1";
  const url = withParameters(input, { service: "WMS", version, request: "GetCapabilities" });
  try {
    return await download(url, deps.platform);
  } catch (error) {
    const reason = downloadReason(error);
    if (reason === undefined) throw error;
    throw new ToolFailure(3, `ERROR: ${reason}`);
  }
}

/** Names of the base's own grids by code; of several with one code the last. */
async function baseGrids(base: string | undefined, deps: ToolDeps): Promise<Map<string, string>> {
  const grids = new Map<string, string>();
  if (base === undefined) return grids;
  const { loaded } = await loadForTool(base, deps);
  for (const [name, { srs = "EPSG:900913" }] of Object.entries(loaded.config.grids)) {
    if (!name.startsWith("GLOBAL_")) grids.set(srs.toUpperCase(), name);
  }
  return grids;
}
