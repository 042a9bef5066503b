import { Lru } from "../../core/lru.ts";
import { defineService } from "../../model/define.ts";
import type { Handler, Service } from "../../model/service.ts";
import { assetAnswer } from "../demo/assets.ts";
import { ogcApiOptions } from "./options.ts";
import { readParams } from "./params.ts";
import { problemAnswer } from "./problem.ts";
import { findOperation } from "./routes.ts";
import { ogcApiSettings } from "./settings.ts";
import type { ApiState } from "./state.ts";

/** First word of the service's paths. */
const MOUNT = "/ogcapi";
const ASSETS = `${MOUNT}/static/`;
/** Bytes of all kept documents together. */
const KEPT_BYTES = 2 ** 23;

/** OGC API: Common, Maps and Tiles (OGC 19-072, 20-058, 20-057). */
export const ogcApiService = defineService({
  type: "ogcapi",
  options: ogcApiOptions,
  create(options, deps): Service {
    const settings = ogcApiSettings(options ?? {}, deps);
    const state: ApiState = { settings, deps, documents: new Lru(KEPT_BYTES) };
    return {
      routes: {
        async ogcapi(request) {
          // What the pages load tells nothing of the configuration: it is open to everybody.
          if (!request.path.startsWith(ASSETS)) return await answer(state, request);
          return await assetAnswer(request.path.slice(ASSETS.length), request, deps.platform);
        },
      },
    };
  },
});

async function answer(state: ApiState, request: Parameters<Handler>[0]) {
  const operation = findOperation(request.path.slice(MOUNT.length), state.settings);
  if (!operation) return undefined;
  const params = readParams(request.query);
  const asked = { request, params, root: request.scriptUrl + MOUNT };
  try {
    return await operation(asked, state);
  } catch (error) {
    request.ctx.signal.throwIfAborted();
    return problemAnswer(error, asked);
  }
}
