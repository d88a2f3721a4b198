/** JSON, a value in each line. */
import { Decoder } from "@millrace/core"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { firstWrong, isCount } from "./checked.ts"
import type { Format } from "./Format.ts"
import type { RecordOptions } from "./Options.ts"
import { type Decoded, RecordFramer } from "./RecordFramer.ts"

/**
 * A JSON value in each line, as `schema` reads it. Blank lines are no records. A line that is not UTF-8, no JSON, or not
 * what the schema asks for ends the reading with `InvalidRecord`, which says where and quotes nothing; with
 * `onInvalid: "skip"` it is counted and passed over.
 *
 * ```ts import.meta.vitest
 * import * as Files from "@millrace/receivers/Files"
 * import { Schema } from "effect"
 *
 * const Order = Schema.Struct({ article: Schema.String, pieces: Schema.Int })
 * const orders = Files.read({ name: "orders", path: "orders.jsonl", format: Files.jsonLines(Order) })
 * orders.delivery // => "Replayable"
 * ```
 *
 * @category formats
 * @since 0.1.0
 */
export const jsonLines = <A>(schema: Schema.Codec<A, unknown>, options: RecordOptions = {}): Format<A, A> => {
  const decode = decoderOf(schema)
  const decodeAll = (texts: ReadonlyArray<string>) => texts.map((text) => decodeJson(text, decode))
  return {
    decoder: Decoder.identity<A>(),
    load: () => Promise.resolve((_, from) => new RecordFramer({ decode: decodeAll, quote: undefined }, options, from)),
    isWhole: false,
    isLined: true,
    invalid: firstWrong([["maxRecordLength", isCount(options.maxRecordLength ?? 1, 1), "a whole number of bytes"]])
  }
}

/** A schema as a function, compiled once. */
export const decoderOf = <A>(schema: Schema.Codec<A, unknown>): (input: unknown) => Decoded<A> => {
  const decode = Schema.decodeUnknownExit(schema)
  return (input) => {
    const exit = decode(input)
    return Exit.isSuccess(exit) ? { value: exit.value } : { problem: "schema" }
  }
}

const decodeJson = <A>(text: string, decode: (input: unknown) => Decoded<A>): Decoded<A> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { problem: "json" }
  }
  return decode(json)
}
