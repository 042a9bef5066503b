import type * as v from "valibot";
import { didYouMean } from "../core/text.ts";
import type { Path } from "./plain.ts";

/** What valibot calls a type, in words of the file. */
const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  Array: "a list",
  Object: "a mapping",
  null: "an empty value",
};

/** Wording and place of one issue; several where the members of a union went wrong deeper inside. */
export function wordIssue(issue: v.BaseIssue<unknown>): { path: Path; message: string }[] {
  const path = pathOf(issue);
  const nested = (issue.issues ?? []).filter((inner) => (inner.path?.length ?? 0) > 0);
  if (issue.type === "union" && nested.length > 0) {
    return nested.flatMap(wordIssue).map((inner) => ({ ...inner, path: [...path, ...inner.path] }));
  }
  return [{ path, message: wordMessage(issue, path) }];
}

function pathOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map((item) => item.key as string | number);
}

function wordMessage(issue: v.BaseIssue<unknown>, path: Path): string {
  if (issue.received === "undefined") return `Missing key "${path.at(-1)}"`;
  if (issue.kind === "validation") {
    if (issue.type === "integer") return `Cannot use ${show(issue.input)}: expected a whole number`;
    const custom = issue.message.startsWith("Invalid ") ? undefined : issue.message;
    if (custom) return custom.startsWith("Expected") ? `${using(issue)}: ${lower(custom)}` : custom;
    return `${using(issue)}: expected ${issue.expected ?? "another value"}`;
  }
  const choices = choicesOf(issue.expected);
  const near =
    typeof issue.input === "string"
      ? didYouMean(issue.input, choices.filter(isQuoted).map(bare))
      : "";
  return `${using(issue)}: expected ${enumerate(choices.map(word))}${near}${hint(issue)}`;
}

function using(issue: v.BaseIssue<unknown>): string {
  return issue.input === null ? "Cannot use an empty value" : `Cannot use ${show(issue.input)}`;
}

/** `("a" | "b")` to its parts. */
function choicesOf(expected: string | null): string[] {
  if (!expected) return [];
  return expected.replaceAll(/[()]/g, "").split(" | ");
}

function isQuoted(choice: string): boolean {
  return choice.startsWith('"');
}
function bare(choice: string): string {
  return choice.replaceAll('"', "");
}
function word(choice: string): string {
  return WORDS[choice] ?? bare(choice);
}
function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function enumerate(words: readonly string[]): string {
  const unique = [...new Set(words)];
  if (unique.length < 2) return unique[0] ?? "another value";
  return `${unique.slice(0, -1).join(", ")} or ${unique.at(-1)}`;
}

/** What people stumble over in YAML. */
function hint({ input, expected }: v.BaseIssue<unknown>): string {
  const wants = choicesOf(expected);
  if (wants.includes("number") && typeof input === "string") {
    if (/^[-+]?[0-9.]+[eE][-+]?[0-9]+$/.test(input)) {
      return " (in YAML a float needs a dot and a signed exponent: 1.0e+5)";
    }
    if (/^[-+]?[0-9.]+$/.test(input)) return " (without quotes; a variable's value is always text)";
  }
  if (wants.includes("string") && typeof input === "number") return ` (quote it: "${input}")`;
  return "";
}

/** A value as a fault quotes it, shortened. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
