import { readDots } from "../../model/dots.ts";
import { joinedValue, type Params } from "../ows.ts";

/** `dpi:180` among the options that GeoServer reads, which stand between semicolons. */
const OPTION = /(?:^|;)\s*dpi:([^;]*)/i;

/**
 * The resolution of screen or printer that the client tells, in the spelling of every server: a source
 * passes on the one that its server knows (`forward_req_params`), whichever the client knows.
 *
 * @returns by lower-case name what the client did not send itself; `undefined`: it tells no resolution
 */
export function dotsParameters(params: Params): Record<string, string> | undefined {
  const options = joinedValue(params, "format_options");
  const texts = [
    joinedValue(params, "dpi"),
    joinedValue(params, "map_resolution"),
    options === undefined ? undefined : OPTION.exec(options)?.[1],
  ];
  const dots = texts.map(readDots).find((value) => value !== undefined);
  if (dots === undefined) return undefined;
  const own: Record<string, string> = Object.create(null);
  if (texts[0] === undefined) own.dpi = String(dots);
  if (texts[1] === undefined) own.map_resolution = String(dots);
  if (texts[2] === undefined)
    own.format_options = options ? `${options};dpi:${dots}` : `dpi:${dots}`;
  return own;
}
