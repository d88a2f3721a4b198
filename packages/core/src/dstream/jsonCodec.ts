/** Schemas as functions to JSON and back, compiled once. */
import * as Schema from "effect/Schema"
import type { AnyFunction } from "../kernel/Step.ts"

export interface JsonCodec {
  readonly encode: AnyFunction
  readonly decode: AnyFunction
}

/** Gives what `JSON.stringify` keeps as it is, also for dates, bigints and `NaN`. */
export const codecOf = (schema: Schema.Codec<unknown, unknown>): JsonCodec => {
  const json = Schema.toCodecJson(schema)
  const encode = Schema.encodeSync(json)
  return { encode: isPlainNumber(schema) ? (n) => Number.isFinite(n) ? n : encode(n) : encode, decode: Schema.decodeUnknownSync(json) }
}

/** Counts and sums are what states mostly are; a finite number is its own JSON. */
const isPlainNumber = ({ ast }: Schema.Codec<unknown, unknown>): boolean => ast === Schema.Number.ast
