/**
 * Value of an arithmetic expression: `+ - * / // % **`, signs and parentheses, with the precedence of
 * Python. Nothing in it is run as code.
 *
 * @example evaluate("360/256") // 1.40625
 * @throws RangeError if it is none, or its value is not finite
 */
export function evaluate(text: string): number {
  const tokens =
    text.match(/\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\*\*|\/\/|\S/g) ?? [];
  let at = 0;
  const fail = (): never => {
    throw new RangeError(`Cannot read "${text}": expected numbers, + - * / // % ** and ( )`);
  };

  const sum = (depth: number): number => {
    let value = product(depth);
    for (;;) {
      if (take("+")) value += product(depth);
      else if (take("-")) value -= product(depth);
      else return value;
    }
  };
  const product = (depth: number): number => {
    let value = signed(depth);
    for (;;) {
      if (take("*")) value *= signed(depth);
      else if (take("//")) value = Math.floor(value / signed(depth));
      else if (take("/")) value /= signed(depth);
      else if (take("%")) value = modulo(value, signed(depth));
      else return value;
    }
  };
  const signed = (depth: number): number => {
    if (depth > MAX_DEPTH) return fail();
    if (take("-")) return -signed(depth + 1);
    if (take("+")) return signed(depth + 1);
    const base = atom(depth);
    // binds tighter than a sign on its left, looser than one on its right
    return take("**") ? base ** signed(depth + 1) : base;
  };
  const atom = (depth: number): number => {
    if (take("(")) {
      const value = sum(depth + 1);
      return take(")") ? value : fail();
    }
    const token = tokens[at++];
    return token !== undefined && /^[\d.]+/.test(token) ? Number(token) : fail();
  };
  const take = (token: string): boolean => {
    if (tokens[at] !== token) return false;
    at++;
    return true;
  };

  const value = sum(0);
  return at === tokens.length && Number.isFinite(value) ? value : fail();
}

/** Nesting that nobody writes by hand. */
const MAX_DEPTH = 100;

/** Remainder with the sign of the divisor. */
function modulo(value: number, divisor: number): number {
  return value - divisor * Math.floor(value / divisor);
}
