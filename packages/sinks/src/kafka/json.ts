import * as Schema from "effect/Schema"
import type { KafkaRecord } from "./records.ts"

/**
 * How items become JSON records.
 *
 * @category options
 * @since 0.1.0
 */
export interface JsonOptions<A> {
  /** Defaults to records without a key. */
  readonly key?: ((item: A) => string | Uint8Array | null) | undefined
  /** Encodes items, to JSON also where it encodes to more than that (dates, bigints, maps). Defaults to `JSON.stringify`. */
  readonly schema?: Schema.Codec<A, unknown> | undefined
}

/**
 * For `record` of a sink: the item as JSON. `undefined` is written as `null`.
 *
 * ```ts import.meta.vitest
 * import * as Kafka from "@millrace/sinks/Kafka"
 * import { Schema } from "effect"
 *
 * const Order = Schema.Struct({ id: Schema.String, at: Schema.Date })
 * const record = Kafka.json({ schema: Order, key: ({ id }) => id })
 * record({ id: "7", at: new Date(0) }) // => { key: "7", value: '{"id":"7","at":"1970-01-01T00:00:00.000Z"}' }
 * ```
 *
 * @category records
 * @since 0.1.0
 */
export const json = <A = unknown>(options: JsonOptions<A> = {}): (item: A) => KafkaRecord => {
  const { key, schema } = options
  const encode: (item: A) => unknown = schema === undefined
    ? (item) => item
    : Schema.encodeSync(Schema.toCodecJson(schema))
  return (item) => {
    const value = JSON.stringify(encode(item)) ?? "null"
    return key === undefined ? { value } : { key: key(item), value }
  }
}
