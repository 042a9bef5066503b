import { decode } from "../image/codec.ts";
import { singleColor } from "../image/single-color.ts";

/**
 * Two lower-case hex digits a channel, `fe0004` or with alpha `fe000480`, if all pixels of the tile
 * have one colour; `undefined` if they have not, or the tile is grey or cannot be decoded.
 */
export async function singleColorName(bytes: Uint8Array): Promise<string | undefined> {
  const view = await decode(bytes).catch(() => undefined); // stored as it is, link or no link
  if (!view || view.channels < 3) return undefined;
  const color = singleColor(view);
  return color && Array.from(color, (value) => value.toString(16).padStart(2, "0")).join("");
}
