/** How the bytes of keys and values are read. */
import { isUtf8 } from "node:buffer"
import * as Schema from "effect/Schema"
import type { KafkaRecord } from "./KafkaRecord.ts"
import { copyOf, type RawRecord } from "./RawRecord.ts"

/**
 * How bytes become a key or a value. What throws makes a decode failure of its record, see `direct`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Format<out A> {
  /** What it reads, for errors: `"UTF-8"`, `"JSON"`. */
  readonly name: string
  readonly read: (bytes: Buffer, at: number, length: number) => A
}

/** The bytes are no UTF-8. */
class NoText extends Error {}

const text = (bytes: Buffer, at: number, length: number): string => {
  const read = bytes.toString("utf8", at, at + length)
  // Only where the replacement character turned up, the bytes have to be looked at: it may be in them rightly.
  if (read.includes("\ufffd") && !isUtf8(bytes.subarray(at, at + length))) throw new NoText()
  return read
}

const parsed = (bytes: Buffer, at: number, length: number): unknown => JSON.parse(text(bytes, at, length))

/**
 * The bytes as they are.
 *
 * @category formats
 * @since 0.1.0
 */
export const bytes: Format<Uint8Array> = {
  name: "bytes",
  read: (bytes, at, length) => copyOf(bytes, at, length) ?? new Uint8Array()
}

/**
 * Text in UTF-8. Bytes that are none make a decode failure.
 *
 * @category formats
 * @since 0.1.0
 */
export const string: Format<string> = { name: "UTF-8", read: text }

/**
 * What JSON says.
 *
 * @category formats
 * @since 0.1.0
 */
export const json: Format<unknown> = { name: "JSON", read: parsed }

/**
 * JSON that fits a schema.
 *
 * ```ts import.meta.vitest
 * import * as Kafka from "@millrace/receivers/Kafka"
 * import { Schema } from "effect"
 *
 * const Order = Schema.Struct({ article: Schema.String, at: Schema.Date })
 * const orders = Kafka.direct({ name: "orders", topics: ["orders"], start: "earliest", value: Kafka.schema(Order) })
 * orders.delivery // => "Replayable"
 * ```
 *
 * @category formats
 * @since 0.1.0
 */
export const schema = <A, I>(codec: Schema.Codec<A, I>): Format<A> => {
  const decode = Schema.decodeUnknownSync(Schema.toCodecJson(codec))
  return { name: "JSON of its schema", read: (bytes, at, length) => decode(parsed(bytes, at, length)) }
}

/**
 * Whatever `read` makes of the bytes: Avro, Protobuf, a number. What it throws makes a decode failure, without its text,
 * which may quote the record.
 *
 * @category formats
 * @since 0.1.0
 */
export const format = <A>(name: string, read: (bytes: Uint8Array) => A): Format<A> => ({
  name,
  read: (bytes, at, length) => read(copyOf(bytes, at, length) ?? new Uint8Array())
})

/**
 * A record whose key or value is not what its format reads. Without `onError` behind `DStream.fromReceiver` it fails the
 * run; the record stays where it is in its topic.
 *
 * @category errors
 * @since 0.1.0
 */
export class UndecodableRecord extends Error {
  override readonly name = "UndecodableRecord"
  readonly topic: string
  readonly partition: number
  readonly offset: number

  constructor({ offset, source: { partition, topic } }: RawRecord, part: "key" | "value", format: string) {
    super(
      `The ${part} of the record at offset ${offset} of topic ${JSON.stringify(topic)}, partition ${partition}, is not ${format}. ` +
        "DStream.onError right behind DStream.fromReceiver drops such records, or sets them aside"
    )
    this.topic = topic
    this.partition = partition
    this.offset = offset
  }
}

const read = <A>(raw: RawRecord, part: "key" | "value", format: Format<A>): A | null => {
  const length = part === "key" ? raw.keyLength : raw.valueLength
  if (length < 0) return null
  try {
    return format.read(raw.bytes, part === "key" ? raw.keyAt : raw.valueAt, length)
  } catch (error) {
    throw new UndecodableRecord(raw, part, error instanceof NoText ? "UTF-8" : format.name)
  }
}

/** One record, by the formats of its key and its value. */
export const decode = <Key, Value>(key: Format<Key>, value: Format<Value>) =>
(raw: RawRecord): ReadonlyArray<KafkaRecord<Key, Value>> => [{
  topic: raw.source.topic,
  partition: raw.source.partition,
  offset: raw.offset,
  timestamp: raw.timestamp,
  headers: raw.headers,
  key: read(raw, "key", key),
  value: read(raw, "value", value)
}]
