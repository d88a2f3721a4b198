/** What loops refuse. Messages name kinds of values and never the values: records do not belong in logs. */
import type { AnyFunction } from "./Step.ts"

/** What a `flatMap` gave, ready for an index. Text is an iterable of its characters, as everywhere in the language. */
export const toArray = (result: any): ReadonlyArray<any> => Array.isArray(result) ? result : iterate(result)

const iterate = (result: any): ReadonlyArray<any> => {
  if (result === undefined || result === null || typeof result[Symbol.iterator] !== "function") {
    throw new TypeError(`The function must give an array or another iterable, not ${kind(result)}`)
  }
  return Array.from(result)
}

/** Called once per distinct key and batch. Gives the key as `Map` holds it: `-0` is `0`. */
export const newKey = (key: any): any => {
  if (!isPrimitive(key)) {
    throw new TypeError(
      `A key must be a string, number, bigint or boolean, not ${kind(key)}: ` +
        "for other keys use keyBy(f, { encode }) right before the operator that groups by key"
    )
  }
  return key === 0 ? 0 : key
}

/** Called once per distinct encoded key and batch. */
export const newEncodedKey = (encoded: any): void => {
  if (!isPrimitive(encoded)) {
    throw new TypeError(`encode must give a string, number, bigint or boolean, not ${kind(encoded)}`)
  }
}

/** Gives keys that grouping will take, or throws where they are made instead of where they are grouped. */
export const checkedKey = (f: AnyFunction, encode: AnyFunction | undefined): AnyFunction => (item) => {
  const key: unknown = f(item)
  if (encode === undefined) newKey(key)
  else newEncodedKey(encode(key))
  return key
}

export const notText = (item: unknown): TypeError => new TypeError(`split takes strings, not ${kind(item)}`)

const isPrimitive = (value: unknown): boolean => {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return true
    default:
      return false
  }
}

const kind = (value: unknown): string => {
  if (value === undefined || value === null) return String(value)
  return typeof value === "object" ? "an object" : `a ${typeof value}`
}
