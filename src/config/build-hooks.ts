import { allowAll } from "../auth/allow-all.ts";
import { askByWebhook, askingAuthorizer, environment } from "../auth/asking.ts";
import { geometryCoverage } from "../coverage/load.ts";
import { askingDecorator, decorateByWebhook } from "../decorate/asking.ts";
import type { ServiceDeps } from "../model/define.ts";
import type { Hooks } from "../model/hooks.ts";
import type { BuildContext } from "./build-context.ts";

/**
 * Who may see what, and what pictures become: functions of the embedding program, else services that the
 * environment or the configuration names.
 */
export function hooksOf(
  { config, platform, log, srs }: BuildContext,
  embedded: Hooks = {},
): Pick<ServiceDeps, "authorizer" | "decorate"> {
  const { authorize_url, decorate_url, hook_timeout } = config.server;
  const { RHUMB_AUTHORIZE_URL, RHUMB_DECORATE_URL } = platform.env;
  const timeout = hook_timeout * 1000;
  const authorizeUrl = RHUMB_AUTHORIZE_URL || authorize_url;
  const decorateUrl = RHUMB_DECORATE_URL || decorate_url;
  const ask = embedded.authorize ?? (authorizeUrl && askByWebhook(authorizeUrl, timeout, platform));
  const change =
    embedded.decorate ?? (decorateUrl && decorateByWebhook(decorateUrl, timeout, platform));
  return {
    authorizer: ask
      ? askingAuthorizer(ask, {
          timeout,
          area: ({ geometry, srs: code }) =>
            geometryCoverage(geometry, srs(code), { clip: true, log }),
        })
      : allowAll,
    decorate: change ? askingDecorator(change, { timeout, environ: environment }) : undefined,
  };
}
