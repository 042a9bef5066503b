import type { Plain } from "./plain.ts";

/** `$NAME` and `${NAME}`; what stands in braces is taken whole, so there are no defaults. The limit keeps it linear. */
const VARIABLE = /\$(?:([\p{L}\p{N}_]+)|\{([^}]{0,255})\})/gu;

/**
 * Puts the values of environment variables into every string of `value`, in place; keys stay as
 * they are. The result is always text: a number that comes from a variable stays text.
 *
 * @param onUnset is told the name of a variable that is not set, and the text that stays instead
 */
export function expandEnvironment(
  value: Plain,
  env: Readonly<Record<string, string | undefined>>,
  onUnset: (name: string, text: string) => void,
): Plain {
  if (typeof value === "string") {
    if (!value.includes("$")) return value;
    return value.replace(VARIABLE, (text, word?: string, braced?: string) => {
      const name = word ?? braced ?? "";
      const found = Object.hasOwn(env, name) ? env[name] : undefined;
      if (found === undefined) onUnset(name, text);
      return found ?? text;
    });
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      value[i] = expandEnvironment(value[i]!, env, onUnset); // i is below the length
    }
  } else if (typeof value === "object" && value !== null) {
    for (const key in value) value[key] = expandEnvironment(value[key]!, env, onUnset); // own key
  }
  return value;
}
