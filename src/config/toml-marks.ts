import { isMap, type Marks, type Plain, setMark, type TextFile } from "./plain.ts";

/**
 * Notes where each key and item of a TOML document stands.
 *
 * The text has been parsed before, so that it is known to be sound: this only counts brackets and
 * quotes, and descends in `root` at the same pace.
 */
export function markToml(file: TextFile, root: Plain, marks: Marks): void {
  new Scan(file, root, marks).run();
}

class Scan {
  readonly #file: TextFile;
  readonly #text: string;
  readonly #root: Plain;
  readonly #marks: Marks;
  /** How many `[[tables]]` of a list were met. */
  readonly #met = new WeakMap<object, number>();
  #at = 0;

  constructor(file: TextFile, root: Plain, marks: Marks) {
    this.#file = file;
    this.#text = file.text;
    this.#root = root;
    this.#marks = marks;
  }

  run(): void {
    let table: Plain | undefined = this.#root;
    for (this.#blank(); this.#at < this.#text.length; this.#blank()) {
      if (this.#text[this.#at] === "[") table = this.#header();
      else this.#pair(table);
    }
  }

  /** `[a.b]` or `[[a.b]]`: the table that the following keys belong to. */
  #header(): Plain | undefined {
    const start = this.#at;
    const isList = this.#text[start + 1] === "[";
    this.#at += isList ? 2 : 1;
    let table: Plain | undefined = this.#root;
    const keys = this.#keys("]");
    for (const [i, key] of keys.entries()) {
      const found: Plain | undefined = this.#enter(table, key, start);
      if (!Array.isArray(found)) {
        table = found;
        continue;
      }
      const isNew = isList && i === keys.length - 1;
      const count = (this.#met.get(found) ?? 0) + (isNew ? 1 : 0);
      this.#met.set(found, count);
      table = this.#enter(found, Math.max(0, count - 1), start);
    }
    this.#at += isList ? 2 : 1;
    return table;
  }

  /** `a.b = value` */
  #pair(table: Plain | undefined): void {
    const start = this.#at;
    let value = table;
    for (const key of this.#keys("=")) value = this.#enter(value, key, start);
    this.#at++;
    this.#value(value);
  }

  /** Value of `key`, whose place is noted unless it is known already. */
  #enter(container: Plain | undefined, key: string | number, start: number): Plain | undefined {
    if (typeof container !== "object" || container === null) return undefined;
    if (!this.#marks.get(container)?.has(key)) {
      setMark(this.#marks, container, key, { file: this.#file, offset: start });
    }
    if (Array.isArray(container)) return container[key as number];
    return Object.hasOwn(container, key) ? container[key as string] : undefined;
  }

  /** Dotted keys up to `end`, which is not consumed. */
  #keys(end: string): string[] {
    const keys: string[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== end) {
      const char = this.#text[this.#at]!; // below the length
      if (char === '"' || char === "'") {
        const from = this.#at;
        this.#string(char);
        const raw = this.#text.slice(from, this.#at);
        keys.push(char === '"' ? unquote(raw) : raw.slice(1, -1));
      } else if (/[\w-]/.test(char)) {
        const from = this.#at;
        while (/[\w-]/.test(this.#text[this.#at] ?? "")) this.#at++;
        keys.push(this.#text.slice(from, this.#at));
      } else this.#at++;
    }
    return keys;
  }

  #value(value: Plain | undefined): void {
    this.#blank();
    const char = this.#text[this.#at];
    if (char === '"' || char === "'") this.#string(char);
    else if (char === "[") this.#list(value);
    else if (char === "{") this.#inlineTable(value);
    else while (!/[,\]}#\n]/.test(this.#text[this.#at] ?? "\n")) this.#at++;
  }

  #list(list: Plain | undefined): void {
    this.#at++;
    for (let i = 0; ; i++) {
      this.#blank();
      if (this.#closes("]")) return;
      this.#value(Array.isArray(list) ? this.#enter(list, i, this.#at) : undefined);
      this.#blank();
      if (this.#text[this.#at] === ",") this.#at++;
    }
  }

  #inlineTable(table: Plain | undefined): void {
    this.#at++;
    while (true) {
      this.#blank();
      if (this.#closes("}")) return;
      this.#pair(isMap(table) ? table : undefined);
      this.#blank();
      if (this.#text[this.#at] === ",") this.#at++;
    }
  }

  /** Whether the collection ends here (or the text does). */
  #closes(end: string): boolean {
    if (this.#text[this.#at] !== end && this.#at < this.#text.length) return false;
    this.#at++;
    return true;
  }

  /** Moves behind a string that starts here. */
  #string(quote: string): void {
    const triple = quote.repeat(3);
    const isLong = this.#text.startsWith(triple, this.#at);
    const end = isLong ? triple : quote;
    this.#at += end.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#text[this.#at] === "\\" ? 2 : 1;
    }
    this.#at += end.length;
    // a long string may end with one or two quotes of its own before the three
    while (isLong && this.#text[this.#at] === quote) this.#at++;
  }

  /** Skips white space, line ends and comments. */
  #blank(): void {
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at];
      if (char === "#") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else if (char === " " || char === "\t" || char === "\n" || char === "\r") this.#at++;
      else return;
    }
  }
}

/** Text of a quoted key; escapes of TOML that JSON lacks are rare enough in keys to be kept. */
function unquote(raw: string): string {
  try {
    return JSON.parse(raw) as string;
  } catch {
    return raw.slice(1, -1); // `\U0001F600`: only the place of that key is lost
  }
}
