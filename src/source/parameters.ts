/** One parameter of a query string; names are compared without case, spelling is kept. */
export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** Parameters with `name` set: in place if it is there already, with its spelling; else at the end. */
export function withParameter(
  parameters: readonly Parameter[],
  name: string,
  value: string,
): Parameter[] {
  const at = parameters.findIndex((parameter) => sameName(parameter.name, name));
  if (at < 0) return [...parameters, { name, value }];
  return parameters.with(at, { name: parameters[at]!.name, value });
}

/** Sets several parameters, in order. */
export function withParameters(
  parameters: readonly Parameter[],
  values: Iterable<readonly [name: string, value: string]>,
): Parameter[] {
  let result = [...parameters];
  for (const [name, value] of values) result = withParameter(result, name, value);
  return result;
}

/** Parameters without those of the given names. */
export function withoutParameters(
  parameters: readonly Parameter[],
  ...names: readonly string[]
): Parameter[] {
  return parameters.filter(({ name }) => !names.some((other) => sameName(other, name)));
}

/** Value of a parameter; `undefined` if there is none of that name. */
export function parameterValue(parameters: readonly Parameter[], name: string): string | undefined {
  return parameters.find((parameter) => sameName(parameter.name, name))?.value;
}

/** Parameters of a mapping in the configuration, in its order, without the keys in `skip`. */
export function configuredParameters(
  config: Readonly<Record<string, unknown>>,
  ...skip: readonly string[]
): Parameter[] {
  const parameters: Parameter[] = [];
  for (const [name, value] of Object.entries(config)) {
    if (value === undefined || skip.includes(name)) continue;
    parameters.push({ name, value: configuredText(value) });
  }
  return parameters;
}

/**
 * A configured scalar as servers got it from the server this configuration was written for: `True`
 * and `False` in upper case, `None` for nothing.
 */
export function configuredText(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$/, "");
  return String(value);
}

/** Query string without `?`. Everything but unreserved characters and commas is encoded. */
export function queryString(parameters: readonly Parameter[]): string {
  return parameters.map(({ name, value }) => `${encode(name)}=${encode(value)}`).join("&");
}

/** URL with more parameters, whether or not it has a query already. */
export function appendQuery(url: string, parameters: readonly Parameter[]): string {
  const query = queryString(parameters);
  if (!url.includes("?")) return `${url}?${query}`;
  return url.endsWith("?") ? url + query : `${url}&${query}`;
}

/**
 * Numbers of a rectangle, each a float for every reader: `5.0,50.0,10.0,55.0`. Servers that keep answers by
 * their query string know the requests of the reference in this form.
 */
export function bboxText(bbox: readonly number[]): string {
  return bbox.map(floatText).join(",");
}

/** Number that is a float for every reader: `5.0`, `0.25`. */
export function floatText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%2C", ",");
}
