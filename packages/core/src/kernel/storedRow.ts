/** What a row of a store stands for. */
import type { Primitive } from "../batch/Key.ts"
import type { KeyedRules } from "./KeyedRules.ts"
import { fromJson } from "./primitiveJson.ts"
import type { StoredKey } from "./StoredKeys.ts"

export const nameIn = ({ name }: StoredKey): Primitive => fromJson(name)

export const keyIn = ({ codec, encode }: KeyedRules, row: StoredKey): unknown =>
  encode === undefined || codec.decodeKey === undefined ? nameIn(row) : codec.decodeKey(row.key)

export const stateIn = ({ codec, operator }: KeyedRules, { value }: StoredKey): unknown => {
  try {
    return codec.decodeState(value)
  } catch {
    // What the schema says of it would show what is in it.
    throw new TypeError(`What ${JSON.stringify(operator)} remembers of a key is refused by its schema: keep the old one, and ` +
      "add the new one with State.next")
  }
}
