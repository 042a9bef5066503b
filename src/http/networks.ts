import { Lru } from "../core/lru.ts";

/** Ranges of addresses by name. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: [
    ...["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
    ...["169.254.0.0/16", "fc00::/7", "fe80::/10"],
  ],
  "*": ["0.0.0.0/0", "::/0"],
};

/** Addresses that are remembered: those in front are few, and each sends many requests. */
const KNOWN = 256;

/** Whether an address belongs to some networks; `unix` (a socket in the file system) is one too. */
export type Networks = (address: string | undefined) => boolean;

/** Whether {@linkcode networks} can read an entry. */
export function isNetwork(entry: string): boolean {
  return Object.hasOwn(NAMED, entry) || entry === "unix" || parseNetwork(entry) !== undefined;
}

/**
 * Networks out of addresses, CIDR (`10.1.0.0/16`, `fd00::/8`) and names: `loopback` (this machine, its
 * Unix sockets too), `private` (that and the private ranges), `unix`, `*` (everybody, known or not).
 *
 * @throws RangeError at an entry that is none of these
 */
export function networks(entries: readonly string[]): Networks {
  const ranges = entries.flatMap((entry) => NAMED[entry] ?? (entry === "unix" ? [] : [entry]));
  const parsed = ranges.map((entry) => {
    const network = parseNetwork(entry);
    if (!network) throw new RangeError(`Cannot read network "${entry}": expected 10.1.0.0/16`);
    return network;
  });
  const hasAll = entries.includes("*");
  const hasUnix =
    hasAll || entries.some((e) => e === "unix" || e === "loopback" || e === "private");
  const known = new Lru<string, boolean>(KNOWN);
  return (address) => {
    if (hasAll) return true;
    if (address === undefined) return false;
    if (address === "unix") return hasUnix;
    const before = known.get(address);
    if (before !== undefined) return before;
    const bytes = parseAddress(address);
    const isIn = bytes !== undefined && parsed.some((network) => contains(network, bytes));
    known.set(address, isIn);
    return isIn;
  };
}

interface Network {
  /** 16 bytes; IPv4 as `::ffff:a.b.c.d`. */
  readonly bytes: Uint8Array;
  /** Leading bits that count. */
  readonly prefix: number;
}

function parseNetwork(entry: string): Network | undefined {
  const [address = "", prefix, ...rest] = entry.split("/");
  const bytes = parseAddress(address);
  if (!bytes || rest.length > 0) return undefined;
  const offset = address.includes(":") ? 0 : 96;
  const most = 128 - offset;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= most))
    return undefined;
  return { bytes, prefix: offset + Number(prefix ?? most) };
}

/** 16 bytes of an IPv4 or IPv6 address; `undefined` if it is neither. */
function parseAddress(text: string): Uint8Array | undefined {
  const v4 = parseV4(text);
  if (v4) return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...v4);
  if (!text.includes(":")) return undefined;
  const [head = "", tail, ...more] = text.replace(/%.*$/, "").split("::");
  const left = parseGroups(head);
  const right = tail === undefined ? [] : parseGroups(tail);
  if (!left || !right || more.length > 0) return undefined;
  const missing = 16 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined;
  return Uint8Array.from([...left, ...new Array<number>(missing).fill(0), ...right]);
}

function parseV4(text: string): number[] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const bytes = match?.slice(1).map(Number);
  return bytes?.every((byte) => byte < 256) ? bytes : undefined;
}

/** Bytes of groups such as `fe80:1`, the last of which may be an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  for (const group of text.split(":")) {
    const v4 = parseV4(group);
    if (v4) bytes.push(...v4);
    else if (/^[\da-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

function contains({ bytes, prefix }: Network, address: Uint8Array): boolean {
  for (let bit = 0; bit < prefix; bit += 8) {
    const mask = prefix - bit >= 8 ? 0xff : (0xff << (8 - (prefix - bit))) & 0xff;
    const at = bit >> 3;
    if (((bytes[at] ?? 0) ^ (address[at] ?? 0)) & mask) return false;
  }
  return true;
}
