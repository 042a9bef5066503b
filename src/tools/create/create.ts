import { joinPath } from "../../core/path.ts";
import { defineTool, type ToolDeps, ToolFailure } from "../tool.ts";
import {
  APP_MODULE,
  BASE_CONFIG,
  type CopiedFile,
  fillAppModule,
  LOG_INI,
  PROJECT,
} from "./templates.ts";

interface CreateOptions {
  readonly destination: string;
  readonly force: boolean;
  readonly config: string | undefined;
  readonly help: string;
}

/** What `--template` makes. */
const TEMPLATES: Readonly<
  Record<string, (options: CreateOptions, deps: ToolDeps) => Promise<void>>
> = {
  "base-config": (options, deps) => copyAll(BASE_CONFIG, options, deps),
  "wsgi-app": createApp,
  "log-ini": (options, deps) => copyAll([{ from: LOG_INI, to: "" }], options, deps),
};

/** `rhumb create DIR`: a server that runs; with `--template` the files of the reference. */
export const create = defineTool({
  name: "create",
  usage: `[options] DESTINATION

  Without --template: DESTINATION/etc with develop.toml, config.toml and seed.toml, which run as
  they are.`,
  options: {
    template: { short: "t", value: "NAME", about: Object.keys(TEMPLATES).join(", ") },
    "list-templates": { short: "l", about: "names of the templates" },
    "mapproxy-conf": { short: "f", value: "FILE", about: "configuration, for wsgi-app" },
    force: { about: "write over existing files" },
  },
  async run({ options, words, help }, deps) {
    const { out } = deps.terminal;
    const { template, force } = options;
    const [destination] = words;
    if (options["list-templates"]) {
      for (const line of ["Available templates:", ...Object.keys(TEMPLATES).map((t) => `  ${t}`)])
        out(line);
      return 1;
    }
    if (template === undefined && destination === undefined) {
      out(help);
      return 1;
    }
    const make = template === undefined ? createProject : TEMPLATES[template];
    if (!make || (template !== undefined && !Object.hasOwn(TEMPLATES, template))) {
      throw new ToolFailure(1, `ERROR: unknown template ${template}`);
    }
    if (destination === undefined) {
      throw new ToolFailure(1, "ERROR: template requires destination argument");
    }
    await make({ destination, force, config: options["mapproxy-conf"], help }, deps);
    return 0;
  },
});

async function createProject(options: CreateOptions, deps: ToolDeps): Promise<void> {
  const { out } = deps.terminal;
  await copyAll(PROJECT, options, deps);
  out(`\nStart it: rhumb serve ${options.destination}/etc/develop.toml --reload`);
}

/** Writes one after the other; stops at the first that exists. */
async function copyAll(
  files: readonly CopiedFile[],
  options: CreateOptions,
  deps: ToolDeps,
): Promise<void> {
  for (const { from, to } of files) {
    const bytes = await packageFile(from, deps);
    const shown = to === "" ? options.destination : `${options.destination}/${to}`;
    await write(shown, bytes, { ...options, saying: `writing ${shown}` }, deps);
  }
}

/** A file below the `etc` of the package. */
async function packageFile(
  path: string,
  { packageDirectory, platform }: ToolDeps,
): Promise<Uint8Array> {
  const source = `${packageDirectory}/etc/${path}`;
  const bytes = await platform.resource(source);
  if (!bytes) throw new ToolFailure(1, `ERROR: ${source} is missing in this installation`);
  return bytes;
}

async function createApp(options: CreateOptions, deps: ToolDeps): Promise<void> {
  const { destination, config, help } = options;
  if (config === undefined) {
    deps.terminal.out(help);
    throw new ToolFailure(1, "ERROR: template requires --mapproxy-conf option");
  }
  const name = destination.split("/").at(-1) ?? "";
  const file = name.includes(".") ? destination : `${destination}.js`;
  const template = new TextDecoder().decode(await packageFile(APP_MODULE, deps));
  const path = joinPath(deps.workingDirectory, config);
  const text = fillAppModule(template, path, deps.packageDirectory);
  const saying = `writing MapProxy app to ${file}`;
  await write(file, new TextEncoder().encode(text), { ...options, saying }, deps);
}

async function write(
  file: string,
  bytes: Uint8Array,
  { force, saying }: { readonly force: boolean; readonly saying: string },
  { platform: { files }, terminal, workingDirectory }: ToolDeps,
): Promise<void> {
  const path = joinPath(workingDirectory, file);
  if (!force && (await files?.stat(path))) {
    throw new ToolFailure(1, `ERROR: ${file} already exists, use --force`);
  }
  terminal.out(saying);
  await files?.write(path, bytes);
}
