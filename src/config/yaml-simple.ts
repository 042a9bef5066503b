import { emptyMap, type Mark, type Marks, type Plain, type TextFile } from "./plain.ts";
import { plainScalar } from "./yaml-scalar.ts";

/** Characters that begin something other than a plain word. */
const INDICATORS = new Set("-?:,[]{}#&*!|>'\"%@`");

/**
 * Line ends other than LF and CRLF, characters YAML does not allow in a text, and spaces that are part of
 * words in YAML but not for `trimEnd()` and `\s`.
 */
const ODD_CHARACTERS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]|\r(?!\n)/;

/** Keys with a meaning of their own. */
const ODD_KEYS = new Set(["<<", "__proto__", "constructor", "prototype"]);

const MAX_DEPTH = 50;

/** Characters of a key (YAML 1.2.2, 7.4.2); a longer one is an error that the full parser words. */
const MAX_KEY = 1024;

/**
 * Reads the YAML that nearly all configurations are written in: block mappings and lists, words and
 * quoted strings on one line, flow collections, comments. It is a tenth of the time of the full
 * parser: what a server with hundreds of layers needs to start at once.
 *
 * @returns `undefined` for everything else, errors too: that is for the full parser
 */
export function parseSimpleYaml(file: TextFile, marks: Marks): Plain | undefined {
  if (ODD_CHARACTERS.test(file.text)) return undefined;
  return new SimpleYaml(file, marks).document();
}

class SimpleYaml {
  readonly #file: TextFile;
  readonly #text: string;
  readonly #marks: Marks;
  /** Of the lines that are neither blank nor comments: first character, column of it, end. */
  readonly #starts: number[] = [];
  readonly #columns: number[] = [];
  readonly #ends: number[] = [];
  #line = 0;
  /** Where a flow collection is being read. */
  #at = 0;
  #depth = 0;
  #isOdd = false;

  constructor(file: TextFile, marks: Marks) {
    this.#file = file;
    this.#text = file.text;
    this.#marks = marks;
    this.#findLines();
  }

  document(): Plain | undefined {
    if (this.#isOdd || this.#starts.length === 0 || this.#isDash()) return undefined;
    const value = this.#mapping(this.#column());
    return this.#isOdd || this.#line < this.#starts.length ? undefined : value;
  }

  #findLines(): void {
    const text = this.#text;
    let isMarked = false;
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf("\n", from);
      let end = newline === -1 ? text.length : newline;
      const next = end + 1;
      let start = from;
      while (text.charCodeAt(start) === 32) start++;
      while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
      if (start < end && text[start] !== "#") {
        const isMarker = start === from && /^(?:---|\.\.\.|%)/.test(text.slice(start, start + 3));
        const isFirst = this.#starts.length === 0 && !isMarked;
        if (isMarker && !(isFirst && text.slice(start, end) === "---")) {
          this.#give();
          return;
        }
        if (isMarker) isMarked = true;
        else {
          this.#starts.push(start);
          this.#columns.push(start - from);
          this.#ends.push(end);
        }
      }
      from = next;
    }
  }

  /** Column of the current line; -1 behind the last. */
  #column(): number {
    return this.#columns[this.#line] ?? -1;
  }

  /** Whether the current line is an item of a list. */
  #isDash(): boolean {
    const start = this.#starts[this.#line] ?? 0;
    const next = this.#text[start + 1];
    return (
      this.#text[start] === "-" &&
      (next === undefined || next === " " || next === "\n" || next === "\r")
    );
  }

  /** Gives up: no loop goes on, whatever is returned is thrown away. */
  #give(): null {
    this.#isOdd = true;
    this.#line = this.#starts.length;
    this.#at = this.#text.length;
    return null;
  }

  #mark(offset: number): Mark {
    return { file: this.#file, offset };
  }

  #block(): Plain {
    if (++this.#depth > MAX_DEPTH) return this.#give();
    const column = this.#column();
    const value = this.#isDash() ? this.#list(column) : this.#mapping(column);
    this.#depth--;
    if (this.#column() > column) return this.#give();
    return value;
  }

  #mapping(column: number): Plain {
    const map = emptyMap();
    const marks = new Map<string | number, Mark>();
    this.#marks.set(map, marks);
    while (!this.#isOdd && this.#column() === column && !this.#isDash()) {
      const start = this.#starts[this.#line]!; // there is a column, so there is a line
      const end = this.#ends[this.#line]!;
      const key = this.#key(start, end);
      if (key === undefined) return this.#give();
      map[key.text] = this.#value(key.after, column, true);
      marks.set(key.text, this.#mark(start));
    }
    if (this.#column() > column) return this.#give();
    return map;
  }

  #list(column: number): Plain {
    const list: Plain[] = [];
    const marks = new Map<string | number, Mark>();
    this.#marks.set(list, marks);
    while (!this.#isOdd && this.#column() === column && this.#isDash()) {
      const line = this.#line;
      const start = this.#starts[line]!; // there is a column, so there is a line
      const content = this.#skipSpaces(start + 1);
      const isBare = content >= this.#ends[line]! || this.#text[content] === "#";
      marks.set(list.length, this.#mark(isBare ? (this.#starts[line + 1] ?? start) : content));
      if (content < this.#ends[line]! && this.#isNested(content, this.#ends[line]!)) {
        // `- key: value`: the rest of the line is the first line of a block of its own
        this.#starts[line] = content;
        this.#columns[line] = column + content - start;
        list.push(this.#block());
      } else list.push(this.#value(start + 1, column, false));
    }
    return list;
  }

  #isNested(content: number, end: number): boolean {
    if (this.#text[content] === "-" && (content + 1 === end || this.#text[content + 1] === " ")) {
      return true;
    }
    return this.#key(content, end) !== undefined;
  }

  /** The key that starts at `start`, if a colon ends it before `end`. */
  #key(start: number, end: number): { text: string; after: number } | undefined {
    const first = this.#text[start]!; // lines are not empty
    let text: string;
    let colon: number;
    if (first === '"' || first === "'") {
      const close = this.#text.indexOf(first, start + 1);
      text = this.#text.slice(start + 1, close);
      colon = close + 1;
      if (close === -1 || close >= end || text.includes("\\") || this.#text[colon] !== ":") {
        return undefined;
      }
    } else {
      if (INDICATORS.has(first)) return undefined;
      colon = this.#colon(start, end);
      if (colon === -1) return undefined;
      text = this.#text.slice(start, colon).trimEnd();
      if (text.includes(" #")) return undefined;
    }
    if (colon + 1 < end && this.#text[colon + 1] !== " ") return undefined;
    if (colon - start > MAX_KEY) return undefined;
    return ODD_KEYS.has(text) ? undefined : { text, after: colon + 1 };
  }

  /** The first colon of a line that ends a key; -1: none. Never looks beyond `end`. */
  #colon(start: number, end: number): number {
    for (let at = start; at < end; at++) {
      if (this.#text[at] === ":" && (at + 1 === end || this.#text[at + 1] === " ")) return at;
    }
    return -1;
  }

  /** The value behind a colon or a dash; moves to the line behind it. */
  #value(from: number, column: number, isInMapping: boolean): Plain {
    const end = this.#ends[this.#line]!; // the line of the key
    const start = this.#skipSpaces(from);
    if (start >= end || this.#text[start] === "#") {
      if (start < end && start === from) return this.#give(); // `key:#`
      this.#line++;
      if (this.#column() > column) return this.#block();
      if (isInMapping && this.#column() === column && this.#isDash()) return this.#list(column);
      return null;
    }
    const first = this.#text[start]!; // below the end
    let value: Plain;
    if (first === "[" || first === "{") {
      value = this.#flowValue(start);
    } else if (first === '"' || first === "'") {
      value = this.#quoted(start, first);
      if (!this.#isRestBlank(this.#at, end)) return this.#give();
    } else value = this.#word(start, end);
    if (this.#isOdd) return null;
    this.#line++;
    // a deeper line would go on with this one
    return this.#column() > column ? this.#give() : value;
  }

  #word(start: number, end: number): Plain {
    const line = this.#text.slice(start, end);
    const comment = line.indexOf(" #");
    const word = (comment === -1 ? line : line.slice(0, comment)).trimEnd();
    const next = word[1];
    const isNegative = word[0] === "-" && next !== undefined && next !== " ";
    if (INDICATORS.has(word[0]!) && !isNegative) return this.#give(); // words are not empty
    if (word.includes(": ") || word.endsWith(":")) return this.#give();
    return plainScalar(word);
  }

  /** A string on one line; leaves `#at` behind it. */
  #quoted(start: number, quote: string): Plain {
    let close = this.#text.indexOf(quote, start + 1);
    let isDoubled = false;
    while (quote === "'" && close !== -1 && this.#text[close + 1] === quote) {
      isDoubled = true;
      close = this.#text.indexOf(quote, close + 2);
    }
    const text = this.#text.slice(start + 1, close);
    if (close === -1 || text.includes("\n")) return this.#give();
    if (quote === '"' && text.includes("\\")) return this.#give();
    this.#at = close + 1;
    return isDoubled ? text.replaceAll("''", "'") : text;
  }

  /** Whether there is nothing but a comment left on the line. */
  #isRestBlank(from: number, end: number): boolean {
    const next = this.#skipSpaces(from);
    return next >= end || (this.#text[next] === "#" && next > from);
  }

  /** A flow collection behind a key, whose lines may stand anywhere; moves to its last line. */
  #flowValue(start: number): Plain {
    this.#at = start;
    const value = this.#flow(0);
    if (this.#isOdd) return null;
    while ((this.#starts[this.#line + 1] ?? this.#at) < this.#at) this.#line++;
    const end = this.#ends[this.#line]!; // a line that was met
    return this.#isRestBlank(this.#at, end) ? value : this.#give();
  }

  /** `[…]` or `{…}` at `#at`. */
  #flow(depth: number): Plain {
    if (depth > MAX_DEPTH) return this.#give();
    const start = this.#at;
    const isMap = this.#text[this.#at++] === "{";
    const close = isMap ? "}" : "]";
    const map = emptyMap();
    const list: Plain[] = [];
    const marks = new Map<string | number, Mark>();
    this.#marks.set(isMap ? map : list, marks);
    while (!this.#isOdd) {
      this.#skipFlowSpace();
      if (this.#text[this.#at] === close) {
        this.#at++;
        return isMap ? map : list;
      }
      const at = this.#at;
      if (isMap) {
        const key = this.#flowKey();
        if (key === undefined) return this.#give();
        map[key] = this.#flowItem(depth, true);
        marks.set(key, this.#mark(at));
      } else {
        marks.set(list.length, this.#mark(at));
        list.push(this.#flowItem(depth, false));
      }
      this.#skipFlowSpace();
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== close) return this.#give();
      if (this.#at <= start) return this.#give();
    }
    return null;
  }

  /** `key:` at `#at`, which moves behind the colon. */
  #flowKey(): string | undefined {
    const first = this.#text[this.#at] ?? "";
    let key: string;
    if (first === '"' || first === "'") {
      key = String(this.#quoted(this.#at, first));
      if (this.#isOdd) return undefined;
    } else {
      const word = this.#flowWord();
      if (word === undefined) return undefined;
      key = word;
    }
    if (this.#text[this.#at] !== ":" || ODD_KEYS.has(key) || key.length > MAX_KEY) return undefined;
    this.#at++;
    const next = this.#text[this.#at];
    return next === " " || next === "}" || next === "," ? key : undefined;
  }

  #flowItem(depth: number, mayBeEmpty: boolean): Plain {
    this.#skipFlowSpace();
    const first = this.#text[this.#at];
    if (first === "[" || first === "{") return this.#flow(depth + 1);
    if (first === '"' || first === "'") {
      const value = this.#quoted(this.#at, first);
      return this.#text[this.#at] === ":" ? this.#give() : value;
    }
    if (first === "," || first === "}" || first === "]") return mayBeEmpty ? null : this.#give();
    const word = this.#flowWord();
    return word === undefined || this.#text[this.#at] === ":" ? this.#give() : plainScalar(word);
  }

  /** A word inside a flow collection, up to its end or to the colon that makes it a key. */
  #flowWord(): string | undefined {
    const start = this.#at;
    const first = this.#text[start];
    const second = this.#text[start + 1];
    if (first === undefined) return undefined;
    const isNegative = first === "-" && second !== undefined && /[\w.]/.test(second);
    if (INDICATORS.has(first) && !isNegative) return undefined;
    let at = start;
    for (; at < this.#text.length; at++) {
      const char = this.#text[at]!; // below the length
      if (char === "," || char === "]" || char === "}") break;
      if (char === "[" || char === "{") return undefined;
      if (char === "\n" || char === "\r" || (char === "#" && this.#text[at - 1] === " ")) {
        return this.#endsBefore(at) ? this.#text.slice(start, at).trimEnd() : undefined;
      }
      if (char === ":" && /[\s,[\]{}]/.test(this.#text[at + 1] ?? " ")) break;
    }
    this.#at = at;
    return this.#text.slice(start, at).trimEnd();
  }

  /** Whether nothing but space and comments stands between a word and the end of its item. */
  #endsBefore(at: number): boolean {
    this.#at = at;
    this.#skipFlowSpace();
    const next = this.#text[this.#at];
    return next === "," || next === "]" || next === "}";
  }

  #skipFlowSpace(): void {
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at];
      if (char === " " || char === "\n" || char === "\r") this.#at++;
      else if (char === "#" && /\s/.test(this.#text[this.#at - 1] ?? "")) {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else return;
    }
  }

  #skipSpaces(from: number): number {
    let at = from;
    while (this.#text.charCodeAt(at) === 32) at++;
    return at;
  }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 13;
}
