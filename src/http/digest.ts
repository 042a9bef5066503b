import { md5Hex } from "../core/hash.ts";
import type { Credentials } from "./url.ts";

/** A request as far as its authorization depends on it. */
export interface AuthRequest {
  readonly method: string;
  /** Absolute, without credentials. */
  readonly url: string;
}

/**
 * Value of the `Authorization` header that answers a `WWW-Authenticate` challenge; Digest (RFC 7616,
 * with `auth` or without protection) is preferred to Basic (RFC 7617).
 *
 * @param clientNonce hexadecimal, new for each request
 * @returns `undefined` if the challenge names no scheme that is known
 */
export async function authorize(
  challenge: string,
  credentials: Credentials,
  request: AuthRequest,
  clientNonce: string,
): Promise<string | undefined> {
  const challenges = parseChallenges(challenge);
  for (const digest of challenges.filter(({ scheme }) => scheme === "digest")) {
    const answer = await digestAnswer(digest.params, credentials, request, clientNonce);
    if (answer !== undefined) return answer;
  }
  if (!challenges.some(({ scheme }) => scheme === "basic")) return undefined;
  const bytes = new TextEncoder().encode(`${credentials.user}:${credentials.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

interface Challenge {
  readonly scheme: string;
  /** Names in lower case. */
  readonly params: ReadonlyMap<string, string>;
}

/** Challenges of one header; several may stand in it, separated by commas like their parameters. */
function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  const token = /([^\s,="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?\s*,?\s*/gy;
  for (let match = token.exec(header); match; match = token.exec(header)) {
    const [, name = "", quoted, plain] = match;
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    if (value === undefined) {
      challenges.push({ scheme: name.toLowerCase(), params: new Map() });
    } else {
      challenges.at(-1)?.params.set(name.toLowerCase(), value);
    }
  }
  return challenges;
}

async function digestAnswer(
  params: ReadonlyMap<string, string>,
  { user, password }: Credentials,
  { method, url }: AuthRequest,
  clientNonce: string,
): Promise<string | undefined> {
  const algorithm = (params.get("algorithm") ?? "MD5").toUpperCase();
  const hash = hashOf(algorithm.replace(/-SESS$/, ""));
  const nonce = params.get("nonce");
  const protections = params.get("qop")?.split(/\s*,\s*/);
  if (!hash || nonce === undefined || (protections && !protections.includes("auth"))) {
    return undefined;
  }
  const realm = params.get("realm") ?? "";
  const { pathname, search } = new URL(url);
  const uri = pathname + search;

  let secret = await hash(`${user}:${realm}:${password}`);
  if (algorithm.endsWith("-SESS")) secret = await hash(`${secret}:${nonce}:${clientNonce}`);
  const about = await hash(`${method}:${uri}`);
  const count = "00000001";
  const response = await hash(
    protections
      ? `${secret}:${nonce}:${count}:${clientNonce}:auth:${about}`
      : `${secret}:${nonce}:${about}`,
  );

  const fields = [
    `username="${quote(user)}"`,
    `realm="${quote(realm)}"`,
    `nonce="${quote(nonce)}"`,
    `uri="${quote(uri)}"`,
    `algorithm=${algorithm}`,
    `response="${response}"`,
  ];
  const opaque = params.get("opaque");
  if (opaque !== undefined) fields.push(`opaque="${quote(opaque)}"`);
  if (protections) fields.push("qop=auth", `nc=${count}`, `cnonce="${clientNonce}"`);
  return `Digest ${fields.join(", ")}`;
}

function quote(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}

function hashOf(algorithm: string): ((text: string) => Promise<string>) | undefined {
  if (algorithm === "MD5") return async (text) => md5Hex(text);
  if (algorithm !== "SHA-256") return undefined;
  return async (text) => {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
}
