/** One option of a command; with `value` it takes one, without it is a switch. */
export interface OptionSpec {
  readonly about: string;
  /** One letter. */
  readonly short?: string;
  /** What help calls the value: `FILE`. */
  readonly value?: string;
  readonly type?: "integer" | "number";
  readonly choices?: readonly string[];
  /** Shown in help; the command applies it. */
  readonly default?: string;
  /** May be given more than once: all values count, or how often the switch was given. */
  readonly repeat?: true;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Text of an option with a value (the last one wins), whether a switch was given; see `repeat`. */
export type OptionValues<S extends OptionSpecs> = {
  readonly [K in keyof S]: S[K] extends { readonly value: string }
    ? S[K] extends { readonly repeat: true }
      ? readonly string[]
      : string | undefined
    : S[K] extends { readonly repeat: true }
      ? number
      : boolean;
};

export interface CommandLine<S extends OptionSpecs> {
  readonly values: OptionValues<S>;
  /** What is no option, in order; `-` alone and all behind `--` among them. */
  readonly positionals: readonly string[];
}

/** The words of a command line are not what its options say. */
export class UsageError extends Error {}

/**
 * Reads options as GNU programs do: `--name value`, `--name=value`, `--na value` (while only one
 * option begins so), `-n value`, `-nvalue`, `-ab` for two switches; options and other words mix.
 *
 * @throws UsageError for an unknown or ambiguous option, a missing or superfluous value, a value
 *   that is no number or none of the choices
 */
export function parseCommandLine<S extends OptionSpecs>(
  argv: readonly string[],
  specs: S,
): CommandLine<S> {
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  const words = [...argv];

  const add = (name: string, value: string) => {
    given.set(name, [...(given.get(name) ?? []), value]);
  };
  const assign = (name: string, label: string, inline: string | undefined): void => {
    const spec = specs[name]!; // a name that was looked up
    if (spec.value === undefined) {
      if (inline !== undefined) throw new UsageError(`${label} option does not take a value`);
      add(name, "");
      return;
    }
    const text = inline ?? words.shift();
    if (text === undefined) throw new UsageError(`${label} option requires 1 argument`);
    add(name, checked(text, spec, label));
  };

  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "--") {
      positionals.push(...words.splice(0));
    } else if (word.startsWith("--")) {
      const [, start = "", inline] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
      const name = longName(start, specs);
      assign(name, `--${name}`, inline);
    } else if (word.startsWith("-") && word !== "-") {
      for (let rest = word.slice(1); rest !== ""; ) {
        const letter = rest.charAt(0);
        const name = Object.keys(specs).find((key) => specs[key]?.short === letter);
        if (name === undefined) throw new UsageError(`no such option: -${letter}`);
        const takesRest = specs[name]?.value !== undefined && rest.length > 1;
        assign(name, `-${letter}`, takesRest ? rest.slice(1) : undefined);
        rest = specs[name]?.value === undefined ? rest.slice(1) : "";
      }
    } else {
      positionals.push(word);
    }
  }
  const values = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, gatheredValue(spec, given.get(name) ?? [])]),
  );
  return { values: values as OptionValues<S>, positionals };
}

function gatheredValue(spec: OptionSpec, given: readonly string[]) {
  if (spec.value === undefined) return spec.repeat ? given.length : given.length > 0;
  return spec.repeat ? given : given.at(-1);
}

function longName(given: string, specs: OptionSpecs): string {
  if (Object.hasOwn(specs, given)) return given;
  const near = Object.keys(specs).filter((name) => name.startsWith(given));
  const [only] = near;
  if (only !== undefined && near.length === 1) return only;
  if (near.length === 0) throw new UsageError(`no such option: --${given}`);
  const choices = near.map((name) => `--${name}`).join(", ");
  throw new UsageError(`ambiguous option: --${given} (${choices}?)`);
}

function checked(text: string, { type, choices }: OptionSpec, label: string): string {
  if (type === "integer" && !/^[-+]?\d{1,15}$/.test(text.trim())) {
    throw new UsageError(`option ${label}: invalid integer value: '${text}'`);
  }
  if (type === "number" && (text.trim() === "" || !Number.isFinite(Number(text)))) {
    throw new UsageError(`option ${label}: invalid floating-point value: '${text}'`);
  }
  if (choices && !choices.includes(text)) {
    const list = choices.map((choice) => `'${choice}'`).join(", ");
    throw new UsageError(`option ${label}: invalid choice: '${text}' (choose from ${list})`);
  }
  return text;
}

/** The table of options for help: short and long spelling, what it does, its default. */
export function describeOptions(specs: OptionSpecs): string {
  const rows = Object.entries(specs).map(([name, { short, value, about, default: preset }]) => {
    const long = `--${name}${value ? `=${value}` : ""}`;
    const spelling = short ? `-${short}${value ? ` ${value}` : ""}, ${long}` : long;
    return [spelling, preset === undefined ? about : `${about} (default: ${preset})`] as const;
  });
  const width = Math.max(...rows.map(([spelling]) => spelling.length));
  return rows.map(([spelling, about]) => `  ${spelling.padEnd(width)}  ${about}`).join("\n");
}
