import { escapeConfigured } from "../core/text.ts";
import { type Markup, markup } from "../core/xml.ts";
import type { ServiceDeps } from "../model/define.ts";
import type { ServiceMetadata } from "../model/metadata.ts";

/** `md` of a service over the `md` of the WMS, key by key; the WMS need not be configured. */
export function inheritedMetadata(
  own: unknown,
  services: ServiceDeps["services"],
): ServiceMetadata {
  const wms = services.get("wms");
  return { ...metadataOf(wms), ...asObject(own) };
}

function metadataOf(options: unknown): object {
  return asObject(asObject(options).md);
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * A configured text as XML: what is escaped already stays as it is. Numbers are taken as written;
 * nothing for what is absent.
 */
export function configured(text: unknown): Markup {
  return markup(text === undefined || text === null ? "" : escapeConfigured(String(text)));
}

/** A number as clients of the reference see it: whole ones with `.0`. */
export function floatText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
