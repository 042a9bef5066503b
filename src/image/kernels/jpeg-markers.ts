/** Index of the code of the next JPEG marker; -1 if there is none. Bytes before it are passed over, as libjpeg does. */
export function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    const code = bytes[at + 1];
    if (bytes[at] === 0xff && code !== 0xff && code !== 0) return at + 1;
  }
  return -1;
}

/** Whether a marker has no segment behind it: TEM, the restart markers, start and end (ITU-T T.81, B.1.1.3). */
export function standsAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9);
}

/** Whether a JPEG file of any kind reaches its end marker: false if it is cut off. */
export function hasEndMarker(bytes: Uint8Array): boolean {
  let at = 2;
  for (;;) {
    const code = nextMarker(bytes, at);
    if (code < 0) return false;
    const marker = bytes[code] ?? 0;
    if (marker === 0xd9) return true;
    // Picture data need no care: no marker but restarts occurs in them.
    at = code + 1;
    if (!standsAlone(marker)) at += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }
}
