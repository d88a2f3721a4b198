/** The primitives that stand for keys, and keys as they are held. */
import type { Primitive } from "../batch/Key.ts"
import { newEncodedKey, newKey } from "./guard.ts"
import type { KeyedRules } from "./KeyedRules.ts"

/** The primitive that stands for a key that did not come out of the stream. */
export const nameOf = ({ encode }: KeyedRules, key: unknown): Primitive => {
  const name = encode === undefined ? newKey(key) : encode(key)
  newEncodedKey(name)
  return name
}

/** The key of a record that was not found, as it will be held. */
export const heldKey = ({ codec, encode }: KeyedRules, key: unknown, name: Primitive): unknown => {
  if (encode === undefined) return newKey(key)
  if (codec.encodeKey === undefined) {
    throw new TypeError("Keys that come with an encoding are remembered with a schema that writes them down: give `key`")
  }
  newEncodedKey(name)
  return key
}

/** As `Map` holds it. */
export const withoutSign = (name: Primitive): Primitive => name === 0 ? 0 : name
