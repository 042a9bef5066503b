/**
 * The same thing but for some properties. What its class has (getters, methods) stays, which a spread would lose; later changes of
 * the original are seen.
 */
export function altered<T extends object, C extends { [N in keyof T]?: T[N] }>(
  original: T,
  changes: C,
): Omit<T, keyof C> & C {
  return Object.create(original, Object.getOwnPropertyDescriptors(changes));
}
