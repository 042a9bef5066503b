/** Attributes of a feature by name. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Whether a feature is selected. */
export type Filter = (attributes: Attributes) => boolean;

/** True, false or (with a missing value) unknown. */
type Truth = boolean | undefined;
type Test = (attributes: Attributes) => Truth;

/**
 * Reads a filter as in the WHERE clause of SQL: `=`, `<>`, `!=`, `<`, `>`, `<=`, `>=`, `IN`, `LIKE`,
 * `ILIKE`, `BETWEEN`, `IS [NOT] NULL`, `NOT`, `AND`, `OR` and parentheses. Names of fields have no
 * case. A whole `SELECT * FROM layer [WHERE …]` is read too; its layer is not looked at.
 *
 * @param table names of the fields that exist, and whose habits to follow (measured with GDAL 3.6):
 *   SQLite's (GeoPackage) or those of OGR's own SQL (all other files), which compares text without
 *   case, minds it with `LIKE`, and takes what a missing value makes unknown for false
 * @throws RangeError if the filter cannot be read, or names a field that does not exist
 */
export function parseWhere(
  where: string,
  table: { readonly fields: readonly string[]; readonly dialect: "ogr" | "sqlite" },
): Filter {
  const tokens = tokenize(conditionOf(where));
  if (tokens.length === 0) return () => true;
  const isSqlite = table.dialect === "sqlite";
  const parser: Parser = {
    tokens,
    at: 0,
    where,
    fields: table.fields,
    isSqlite,
  };
  const test = readOr(parser);
  if (parser.at < tokens.length) fail(parser);
  return (attributes) => test(attributes) === true;
}

const STATEMENT =
  /^\s*select\s+\*\s+from\s+("[^"]+"|'[^']+'|[^\s"';]+)(?:\s+where\s+(.*?))?;?\s*$/is;

/** The layer that a full statement names; `undefined` if the filter is a mere condition. */
export function layerOf(where: string): string | undefined {
  return STATEMENT.exec(where)?.[1]?.replace(/^["'](.*)["']$/, "$1");
}

/** The condition of a full statement, or the text itself. */
function conditionOf(where: string): string {
  if (!/^\s*select\b/i.test(where)) return where;
  const [whole, , condition = ""] = STATEMENT.exec(where) ?? [];
  if (whole === undefined) {
    throw new RangeError(
      `Cannot read where "${where}": only SELECT * FROM layer WHERE … is supported`,
    );
  }
  return condition;
}

interface Token {
  readonly kind: "word" | "quoted" | "text" | "number" | "sign";
  readonly text: string;
}

interface Parser {
  readonly tokens: readonly Token[];
  at: number;
  readonly where: string;
  readonly fields: readonly string[];
  readonly isSqlite: boolean;
}

const TOKEN =
  /\s*(?:(?<text>'(?:[^']|'')*')|(?<quoted>"[^"]*")|(?<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)|(?<word>[\p{L}_][\p{L}\p{N}_.]*)|(?<sign><=|>=|<>|!=|==|[=<>(),]))/iuy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found?.groups) {
      if (text.slice(from).trim() === "") break;
      throw new RangeError(`Cannot read where "${text}" from "${text.slice(from).trim()}" on`);
    }
    const [kind, value] = Object.entries(found.groups).find(([, v]) => v !== undefined) as [
      Token["kind"],
      string,
    ];
    if (kind === "text") tokens.push({ kind, text: value.slice(1, -1).replaceAll("''", "'") });
    else if (kind === "quoted") tokens.push({ kind, text: value.slice(1, -1) });
    else tokens.push({ kind, text: value });
  }
  return tokens;
}

function readOr(parser: Parser): Test {
  let test = readAnd(parser);
  while (takeWord(parser, "or")) {
    const left = test;
    const right = readAnd(parser);
    test = (attributes) => {
      const a = left(attributes);
      if (a === true) return true;
      const b = right(attributes);
      return b === true ? true : a === undefined || b === undefined ? undefined : false;
    };
  }
  return test;
}

function readAnd(parser: Parser): Test {
  let test = readNot(parser);
  while (takeWord(parser, "and")) {
    const left = test;
    const right = readNot(parser);
    test = (attributes) => {
      const a = left(attributes);
      if (a === false) return false;
      const b = right(attributes);
      return b === false ? false : a === undefined || b === undefined ? undefined : true;
    };
  }
  return test;
}

function readNot(parser: Parser): Test {
  if (takeWord(parser, "not")) return negate(readNot(parser), parser);
  if (takeSign(parser, "(")) {
    const test = readOr(parser);
    if (!takeSign(parser, ")")) fail(parser);
    return test;
  }
  return readComparison(parser);
}

/** OGR takes what is unknown for false, and its negation for true. */
function negate(test: Test, { isSqlite }: Parser): Test {
  return (attributes) => {
    const truth = test(attributes);
    return isSqlite && truth === undefined ? undefined : !truth;
  };
}

/** Takes away the differences that a comparison does not see. */
type Fold = (text: string) => string;
const asIs: Fold = (text) => text;
const lower: Fold = (text) => text.toLowerCase();

function foldEqual({ isSqlite }: Parser): Fold {
  return isSqlite ? asIs : lower;
}

/** `undefined` if neither LIKE nor ILIKE follows. */
function foldLike(parser: Parser): Fold | undefined {
  if (takeWord(parser, "ilike")) return lower;
  if (!takeWord(parser, "like")) return undefined;
  return parser.isSqlite ? lower : asIs;
}

type Value = (attributes: Attributes) => unknown;

function readComparison(parser: Parser): Test {
  const left = readValue(parser);
  if (takeWord(parser, "is")) {
    const isNegated = takeWord(parser, "not");
    if (!takeWord(parser, "null")) fail(parser);
    return (attributes) => isMissing(left(attributes)) !== isNegated;
  }
  const isNegated = takeWord(parser, "not");
  const test = readPredicate(parser, left) ?? (isNegated ? fail(parser) : readOrder(parser, left));
  return isNegated ? negate(test, parser) : test;
}

/** `IN`, `LIKE` and `BETWEEN`; `undefined` if something else follows. */
function readPredicate(parser: Parser, left: Value): Test | undefined {
  if (takeWord(parser, "in")) {
    const list = readList(parser);
    const same = foldEqual(parser);
    return (attributes) => {
      const value = left(attributes);
      if (isMissing(value)) return undefined;
      return list.some((item) => equal(value, item(attributes), same));
    };
  }
  const fold = foldLike(parser);
  if (fold) {
    const pattern = parser.tokens[parser.at++];
    if (pattern?.kind !== "text" && pattern?.kind !== "quoted") return fail(parser);
    return (attributes) => {
      const value = left(attributes);
      return isMissing(value) ? undefined : isLike(fold(String(value)), fold(pattern.text));
    };
  }
  if (takeWord(parser, "between")) {
    const low = readValue(parser);
    if (!takeWord(parser, "and")) fail(parser);
    const high = readValue(parser);
    const same = foldEqual(parser);
    return (attributes) => {
      const value = left(attributes);
      const [a, b] = [order(value, low(attributes), same), order(value, high(attributes), same)];
      return a === undefined || b === undefined ? undefined : a >= 0 && b <= 0;
    };
  }
  return undefined;
}

const ORDERS: Readonly<Record<string, (sign: number) => boolean>> = {
  "<": (sign) => sign < 0,
  ">": (sign) => sign > 0,
  "<=": (sign) => sign <= 0,
  ">=": (sign) => sign >= 0,
};

function readOrder(parser: Parser, left: Value): Test {
  const sign = parser.tokens[parser.at++];
  if (sign?.kind !== "sign") return fail(parser);
  const right = readValue(parser);
  const same = foldEqual(parser);
  if (sign.text === "=" || sign.text === "==")
    return both(left, right, (a, b) => equal(a, b, same));
  if (sign.text === "<>" || sign.text === "!=")
    return both(left, right, (a, b) => !equal(a, b, same));
  const holds = ORDERS[sign.text] ?? fail(parser);
  return (attributes) => {
    const compared = order(left(attributes), right(attributes), same);
    return compared === undefined ? undefined : holds(compared);
  };
}

function both(left: Value, right: Value, test: (a: unknown, b: unknown) => boolean): Test {
  return (attributes) => {
    const [a, b] = [left(attributes), right(attributes)];
    return isMissing(a) || isMissing(b) ? undefined : test(a, b);
  };
}

function readList(parser: Parser): Value[] {
  if (!takeSign(parser, "(")) fail(parser);
  const list = [readValue(parser)];
  while (takeSign(parser, ",")) list.push(readValue(parser));
  if (!takeSign(parser, ")")) fail(parser);
  return list;
}

function readValue(parser: Parser): Value {
  const token = parser.tokens[parser.at++];
  if (!token || token.kind === "sign") return fail(parser);
  if (token.kind === "text") return () => token.text;
  if (token.kind === "number") return () => Number(token.text);
  if (token.kind === "word" && /^null$/i.test(token.text)) return () => undefined;
  if (token.kind === "word" && /^(?:true|false)$/i.test(token.text)) {
    return () => /^true$/i.test(token.text);
  }
  const field = parser.fields.find((name) => lower(name) === lower(token.text));
  if (field !== undefined) return (attributes) => attributes[field];
  // OGR takes text in double quotes for a string where there is no such field
  if (token.kind === "quoted") return () => token.text;
  throw new RangeError(
    `Cannot find field "${token.text}" of where "${parser.where}": fields are ${parser.fields.join(", ")}`,
  );
}

function takeWord(parser: Parser, word: string): boolean {
  const token = parser.tokens[parser.at];
  const isIt = token?.kind === "word" && token.text.toLowerCase() === word;
  if (isIt) parser.at++;
  return isIt;
}

function takeSign(parser: Parser, sign: string): boolean {
  const token = parser.tokens[parser.at];
  const isIt = token?.kind === "sign" && token.text === sign;
  if (isIt) parser.at++;
  return isIt;
}

function fail(parser: Parser): never {
  const token = parser.tokens[parser.at];
  const at = token ? `at "${token.text}"` : "at its end";
  throw new RangeError(`Cannot read where "${parser.where}" ${at}`);
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Numbers where one side is a number and the other can be read as one, else text. */
function equal(a: unknown, b: unknown, fold: Fold): boolean {
  const [x, y] = asNumbers(a, b);
  if (x !== undefined && y !== undefined) return x === y;
  return fold(String(a)) === fold(String(b));
}

/** Sign of the comparison; `undefined` with a missing value. */
function order(a: unknown, b: unknown, fold: Fold): number | undefined {
  if (isMissing(a) || isMissing(b)) return undefined;
  const [x, y] = asNumbers(a, b);
  if (x !== undefined && y !== undefined) return x - y;
  const [s, t] = [fold(String(a)), fold(String(b))];
  return s < t ? -1 : s > t ? 1 : 0;
}

function asNumbers(a: unknown, b: unknown): [number, number] | [undefined, undefined] {
  if (typeof a !== "number" && typeof b !== "number") return [undefined, undefined];
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? [undefined, undefined] : [x, y];
}

/** `%` is any text, `_` any one character. Never worse than the product of both lengths. */
function isLike(s: string, p: string): boolean {
  let [i, j] = [0, 0];
  let [star, resume] = [-1, 0];
  while (i < s.length) {
    if (j < p.length && p[j] === "%") {
      star = j++;
      resume = i;
    } else if (j < p.length && (p[j] === "_" || p[j] === s[i])) {
      i++;
      j++;
    } else if (star >= 0) {
      j = star + 1;
      i = ++resume;
    } else return false;
  }
  while (p[j] === "%") j++;
  return j === p.length;
}
