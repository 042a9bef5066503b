import { allowAll } from "../auth/allow-all.ts";
import { environment, webhookAuthorizer } from "../auth/webhook.ts";
import { geometryCoverage } from "../coverage/load.ts";
import { webhookDecorator } from "../decorate/webhook.ts";
import type { ServiceDeps } from "../model/define.ts";
import type { BuildContext } from "./build-context.ts";

/** Services that the operator put beside this one: who may see what, and what pictures become. */
export function hooksOf({
  platform,
  log,
  srs,
}: BuildContext): Pick<ServiceDeps, "authorizer" | "decorate"> {
  const { RHUMB_AUTHORIZE_URL: authorizeUrl, RHUMB_DECORATE_URL: decorateUrl } = platform.env;
  return {
    authorizer: authorizeUrl
      ? webhookAuthorizer(authorizeUrl, platform, ({ geometry, srs: code }) =>
          geometryCoverage(geometry, srs(code), { clip: true, log }),
        )
      : allowAll,
    decorate: decorateUrl ? webhookDecorator(decorateUrl, platform, environment) : undefined,
  };
}
