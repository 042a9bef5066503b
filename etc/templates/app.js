// The application of a configuration, for Bun and Deno: `bun run FILE`, `deno serve -A FILE`.
import { loadApp } from "%(package)s/src/app/load.ts";
import { lineLog } from "%(package)s/src/observe/log.ts";
import { localPlatform } from "%(package)s/src/runtime/local.ts";

// The log goes to standard error. Take these lines to have it in a file beside the configuration:
// import { appendFileSync } from "node:fs";
// const write = (line) => appendFileSync("%(directory)s/log.txt", `${line}\n`);
const write = console.error;

const file = "%(config)s";
const application = await loadApp({ file }, localPlatform(), lineLog("info", write, Date.now));

export default { fetch: (request) => application.fetch(request) };
