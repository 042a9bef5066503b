import type { Path, Plain } from "./plain.ts";

/** A name without braces. */
const WORD = /[\p{L}\p{N}_]+/uy;

/** Variables by name, and who is told of one that is not set. */
interface Variables {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onUnset: (name: string, text: string, path: Path) => void;
}

/**
 * Puts the values of environment variables into every string of `value`, in place; keys stay as
 * they are. The result is always text: a number that comes from a variable stays text.
 *
 * `$NAME` and `${NAME}` are variables; what stands in braces is taken whole, so there are no defaults.
 *
 * @param onUnset is told the name of a variable that is not set, the text that stays instead, and where
 */
export function expandEnvironment(
  value: Plain,
  env: Variables["env"],
  onUnset: Variables["onUnset"],
): Plain {
  return expand(value, { env, onUnset }, []);
}

/** @param path of `value`; holds the same again when the call has returned */
function expand(value: Plain, variables: Variables, path: (string | number)[]): Plain {
  if (typeof value === "string") {
    return value.includes("$") ? expandText(value, variables, path) : value;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      path.push(i);
      value[i] = expand(value[i]!, variables, path); // below the length
      path.pop();
    }
  } else if (typeof value === "object" && value !== null) {
    for (const key in value) {
      path.push(key);
      value[key] = expand(value[key]!, variables, path); // own key
      path.pop();
    }
  }
  return value;
}

/** By hand: a pattern would look for the brace that closes from each one that opens anew. */
function expandText(text: string, { env, onUnset }: Variables, path: Path): string {
  let result = "";
  let done = 0;
  let close = text.indexOf("}");
  for (let at = text.indexOf("$"); at !== -1; at = text.indexOf("$", at)) {
    if (close !== -1 && close < at) close = text.indexOf("}", at);
    const isBraced = text[at + 1] === "{";
    const name = isBraced ? text.slice(at + 2, Math.max(close, at + 2)) : wordAt(text, at + 1);
    const end = isBraced ? close + 1 : at + 1 + name.length;
    if (isBraced ? close === -1 : name === "") {
      at++;
      continue;
    }
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    if (found === undefined) onUnset(name, text.slice(at, end), [...path]);
    result += text.slice(done, at) + (found ?? text.slice(at, end));
    done = end;
    at = end;
  }
  return result + text.slice(done);
}

function wordAt(text: string, at: number): string {
  WORD.lastIndex = at;
  return WORD.exec(text)?.[0] ?? "";
}
