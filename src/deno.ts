/**
 * Entry for `deno serve`, also with `--parallel`: each of its threads makes the application of the configuration
 * that `RHUMB_CONFIG` names (default: etc/develop.toml). Host and port are options of `deno serve`; of `[server]`
 * those about the process (`host`, `port`, `socket`, `protocol`, `workers`, `worker_memory`) have no meaning here.
 */
import { loadApp, readServed } from "./app/load.ts";
import { withOperations } from "./app/operations.ts";
import { DEFAULT_SERVER } from "./config/schema-parts.ts";
import { createMetrics } from "./observe/metrics.ts";
import { localPlatform } from "./runtime/local.ts";
import { serverLog } from "./runtime/server-log.ts";
import { sharedMetrics } from "./runtime/shared-metrics.ts";

const platform = localPlatform();
const file = platform.env.RHUMB_CONFIG ?? "etc/develop.toml";
const loaded = await readServed({ file }, platform);
const server = loaded?.config.server ?? DEFAULT_SERVER;
const metrics = createMetrics();
const app = await loadApp(
  { file, reload: server.reload, loaded },
  { platform, log: serverLog(server, platform.env), metrics },
);
const answer = withOperations(app, sharedMetrics(metrics, undefined));

export default {
  fetch: (request: Request, { remoteAddr }: { remoteAddr: { hostname?: string } }) =>
    answer(request, { peer: remoteAddr.hostname ?? "unix" }),
};
