/** Looking into valibot schemas: which keys a mapping may have, which option a value means. */
import type * as v from "valibot";
import { child, isMap, plainText } from "./plain.ts";

/** The parts of valibot's schemas that are read here. */
export interface Shape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly wrapped?: Shape;
  readonly item?: Shape;
  readonly items?: readonly Shape[];
  readonly value?: Shape;
  readonly key?: unknown;
  readonly literal?: unknown;
  readonly options?: readonly unknown[];
  readonly pipe?: readonly unknown[];
  readonly default?: unknown;
  readonly getter?: (input: unknown) => Shape;
}

const OBJECTS = new Set(["strict_object", "loose_object", "object", "object_with_rest", "record"]);
const WRAPPERS = new Set([
  "optional",
  "nullish",
  "nullable",
  "exact_optional",
  "undefinedable",
  "non_optional",
]);

export function shapeOf(schema: v.GenericSchema): Shape {
  return schema as unknown as Shape;
}

/** The schema itself, out of `optional`, `nullable` and `lazy`. */
export function unwrap(shape: Shape, value?: unknown): Shape {
  let inner = shape;
  while (true) {
    if (WRAPPERS.has(inner.type) && inner.wrapped) inner = inner.wrapped;
    else if (inner.type === "lazy" && inner.getter) inner = inner.getter(value);
    else return inner;
  }
}

/** Whether null itself is allowed. */
export function allowsNull(shape: Shape): boolean {
  if (["nullable", "nullish", "null", "unknown", "any"].includes(shape.type)) return true;
  if (WRAPPERS.has(shape.type) && shape.wrapped) return allowsNull(shape.wrapped);
  return shape.type === "union" && members(shape).some(allowsNull);
}

/** Whether this is a mapping, and nothing else; wrappers are taken off before. */
export function isMapShape(shape: Shape): boolean {
  return OBJECTS.has(shape.type);
}

/** Whether a mapping may stand here. */
export function allowsMap(shape: Shape): boolean {
  const inner = unwrap(shape);
  if (isMapShape(inner)) return true;
  if (inner.type === "union") return members(inner).some(allowsMap);
  return inner.type === "variant";
}

/** Schemas of a union or variant. */
export function members(shape: Shape): readonly Shape[] {
  return (shape.options ?? []) as readonly Shape[];
}

/** The member of a union, or of a variant, that `value` is most likely meant to be. */
export function chooseMember(shape: Shape, value: unknown): Shape | undefined {
  if (shape.type === "variant") return memberOfType(shape, value);
  const fitting = members(shape).filter((member) => fits(unwrap(member), value));
  if (fitting.length < 2 || !isMap(value)) return fitting[0];
  const keys = Object.keys(value);
  const strangers = (member: Shape): number => {
    const known = unwrap(member).entries;
    return known ? keys.filter((key) => !Object.hasOwn(known, key)).length : 0;
  };
  return fitting.toSorted((a, b) => strangers(a) - strangers(b))[0];
}

/** Values of the key that tells the members of a variant apart. */
export function variantTypes(shape: Shape): string[] {
  return members(shape).flatMap((member) => {
    const inner = unwrap(member);
    if (inner.type === "variant") return variantTypes(inner);
    return literals(inner.entries?.[String(shape.key)]);
  });
}

function memberOfType(shape: Shape, value: unknown): Shape | undefined {
  const type = child(value, String(shape.key));
  return members(shape).find((member) => {
    const inner = unwrap(member);
    if (inner.type === "variant") return memberOfType(inner, value) !== undefined;
    return literals(inner.entries?.[String(shape.key)]).includes(plainText(type));
  });
}

/** Words that may stand here, if the schema lists them. */
export function literals(shape: Shape | undefined): string[] {
  if (!shape) return [];
  const inner = unwrap(shape);
  if (inner.type === "literal") return [String(inner.literal)];
  return inner.type === "picklist" ? (inner.options ?? []).map(String) : [];
}

function fits(shape: Shape, value: unknown): boolean {
  if (Array.isArray(value)) return shape.type === "array" || shape.type === "tuple";
  if (isMap(value)) return allowsMap(shape);
  if (shape.type === "literal") return shape.literal === value;
  if (shape.type === "picklist") return (shape.options ?? []).includes(value);
  return shape.type === typeof value;
}
