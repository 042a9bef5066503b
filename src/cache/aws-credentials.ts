import type { Platform } from "../platform/platform.ts";

/** Keys to sign requests to AWS with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** ms since 1970; `undefined`: they do not expire. */
  readonly expires: number | undefined;
}

/** Keys are replaced this many ms before they expire. */
const EARLY = 5 * 60_000;

/** ms to wait for the metadata service, which answers at once or is not there. */
const METADATA_TIMEOUT = 1000;
const INSTANCE_METADATA = "http://169.254.169.254/latest";
const CONTAINER_METADATA = "http://169.254.170.2";

/**
 * Finds keys where AWS tools look for them: a named profile, the environment, the default
 * profile, the role of the container, the role of the machine. Kept until they expire.
 *
 * @param profile name of a profile in the shared files; goes before everything else
 */
export function awsCredentials(
  profile: string | undefined,
  platform: Platform,
): () => Promise<AwsCredentials> {
  let known: AwsCredentials | undefined;
  return async () => {
    const fresh = known?.expires === undefined || known.expires - EARLY > platform.clock.now();
    if (known && fresh) return known;
    known =
      (profile === undefined ? fromEnvironment(platform) : undefined) ??
      (await fromFiles(profile, platform)) ??
      (await fromContainer(platform)) ??
      (await fromInstance(platform));
    if (!known) throw new Error("Cannot find AWS credentials in environment, profile or role");
    return known;
  };
}

/** Region of the environment or of the profile, else `us-east-1`. */
export async function awsRegion(profile: string | undefined, platform: Platform): Promise<string> {
  const { env } = platform;
  const settings = await profileSettings("config", profile, platform);
  return (
    (profile === undefined ? (env.AWS_REGION ?? env.AWS_DEFAULT_REGION) : undefined) ??
    settings?.get("region") ??
    env.AWS_REGION ??
    env.AWS_DEFAULT_REGION ??
    "us-east-1"
  );
}

function fromEnvironment({ env }: Platform): AwsCredentials | undefined {
  if (!env.AWS_ACCESS_KEY_ID || !env.AWS_SECRET_ACCESS_KEY) return undefined;
  return {
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    sessionToken: env.AWS_SESSION_TOKEN,
    expires: undefined,
  };
}

async function fromFiles(
  profile: string | undefined,
  platform: Platform,
): Promise<AwsCredentials | undefined> {
  for (const kind of ["credentials", "config"] as const) {
    const settings = await profileSettings(kind, profile, platform);
    const accessKeyId = settings?.get("aws_access_key_id");
    const secretAccessKey = settings?.get("aws_secret_access_key");
    if (accessKeyId === undefined || secretAccessKey === undefined) continue;
    const sessionToken = settings?.get("aws_session_token");
    return { accessKeyId, secretAccessKey, sessionToken, expires: undefined };
  }
  return undefined;
}

/** Settings of one section of the shared files; `undefined` if there is no such section. */
async function profileSettings(
  kind: "credentials" | "config",
  profile: string | undefined,
  { env, resource }: Platform,
): Promise<Map<string, string> | undefined> {
  const configured = kind === "config" ? env.AWS_CONFIG_FILE : env.AWS_SHARED_CREDENTIALS_FILE;
  const path = configured ?? `${env.HOME ?? ""}/.aws/${kind}`;
  const bytes = await resource(path);
  if (!bytes) return undefined;
  const name = profile ?? env.AWS_PROFILE ?? "default";
  const wanted = kind === "config" && name !== "default" ? `profile ${name}` : name;
  let section: string | undefined;
  let settings: Map<string, string> | undefined;
  for (const line of new TextDecoder().decode(bytes).split(/\r?\n/)) {
    const header = /^\s*\[\s*(.*?)\s*\]/.exec(line);
    if (header) {
      section = header[1];
      if (section === wanted) settings ??= new Map();
    } else if (section === wanted) {
      const [, key, value] = /^\s*([^#;=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) settings?.set(key, value);
    }
  }
  return settings;
}

async function fromContainer(platform: Platform): Promise<AwsCredentials | undefined> {
  const { env } = platform;
  const relative = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const url =
    relative === undefined
      ? env.AWS_CONTAINER_CREDENTIALS_FULL_URI
      : `${CONTAINER_METADATA}${relative}`;
  if (url === undefined) return undefined;
  const token = env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  return parseRole(await ask(platform, url, token ? { authorization: token } : {}));
}

/** The second version of the metadata service: a token first, then role and keys. */
async function fromInstance(platform: Platform): Promise<AwsCredentials | undefined> {
  if (platform.env.AWS_EC2_METADATA_DISABLED === "true" || platform.name === "workers") {
    return undefined;
  }
  const token = await ask(
    platform,
    `${INSTANCE_METADATA}/api/token`,
    { "x-aws-ec2-metadata-token-ttl-seconds": "300" },
    "PUT",
  );
  if (token === undefined) return undefined;
  const headers = { "x-aws-ec2-metadata-token": token };
  const roles = `${INSTANCE_METADATA}/meta-data/iam/security-credentials/`;
  const role = (await ask(platform, roles, headers))?.split("\n")[0];
  return role ? parseRole(await ask(platform, `${roles}${role}`, headers)) : undefined;
}

/** Text of a metadata service; `undefined` if there is no such service or no such text. */
async function ask(
  platform: Platform,
  url: string,
  headers: Record<string, string>,
  method = "GET",
): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(METADATA_TIMEOUT);
    const answer = await platform.fetch(url, { method, headers, signal, redirect: "error" });
    if (answer.ok) return await answer.text();
    await answer.body?.cancel();
  } catch {
    // not on a machine of AWS
  }
  return undefined;
}

function parseRole(text: string | undefined): AwsCredentials | undefined {
  if (text === undefined) return undefined;
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = JSON.parse(text) as Record<
    string,
    string | undefined
  >;
  if (!AccessKeyId || !SecretAccessKey) return undefined;
  const expires = Date.parse(Expiration ?? "");
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: Token,
    expires: Number.isNaN(expires) ? undefined : expires,
  };
}
