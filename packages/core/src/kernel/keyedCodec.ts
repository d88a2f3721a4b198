/** How keyed state is written down: `[name, [born, time, state, key?]]`, the key only where it is not its own name. */
import type { Primitive } from "../batch/Key.ts"
import type { AnyFunction } from "./Step.ts"

/** Compiled once per run. */
export interface KeyedCodec {
  readonly encodeState: AnyFunction
  readonly decodeState: AnyFunction
  /** Set where the user gave a schema for structural keys. */
  readonly encodeKey: AnyFunction | undefined
  readonly decodeKey: AnyFunction | undefined
}

/** Says that the initial state was taken, also when none of it is left. No key is written under this name. */
export const seededName = "\0"

/** Keys that begin as `seededName` does get one character more. */
export const writeName = (name: Primitive): Primitive =>
  typeof name === "string" && name.charCodeAt(0) === 0 ? `\0${name}` : name

export const readName = (name: Primitive): Primitive =>
  typeof name === "string" && name.charCodeAt(0) === 0 ? name.slice(1) : name
