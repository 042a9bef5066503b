/** What holds for configurations in any language. */

/** Nested deeper than this is no configuration but an attack on the stack. */
export const MAX_DEPTH = 100;

/** The text cannot be used; `offset` is in UTF-16 units. */
export class SyntaxFault extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Keys that name parts of every JavaScript object are refused, whatever carries them. */
export function reserved(key: string, at: number): string {
  if (key === "__proto__" || key === "constructor" || key === "prototype") {
    throw new SyntaxFault(`Cannot use "${key}" as a key: it is reserved`, at);
  }
  return key;
}
