/** How a record is written into the journal before it is processed, and what tells it from its redelivery. */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { RawRecord } from "./RawRecord.ts"

/** Bytes as base64. */
const Bytes = Schema.NullOr(Schema.String)

const Written = Schema.Struct({
  topic: Schema.String,
  id: Schema.String,
  partition: Schema.Int,
  offset: Schema.Int,
  timestamp: Schema.Int,
  key: Bytes,
  value: Bytes,
  headers: Schema.optionalKey(Schema.Array(Schema.Tuple([Schema.String, Bytes])))
})

const base64 = (bytes: Buffer, at: number, length: number): string | null =>
  length < 0 ? null : bytes.toString("base64", at, at + length)

const bytesOf = (text: string | null): Buffer | null => text === null ? null : Buffer.from(text, "base64")

const written = (raw: RawRecord): typeof Written.Type => {
  const { bytes, headers, keyAt, keyLength, offset, source: { partition, topic, topicId }, timestamp, valueAt, valueLength } = raw
  return {
    topic,
    id: topicId,
    partition,
    offset,
    timestamp,
    key: base64(bytes, keyAt, keyLength),
    value: base64(bytes, valueAt, valueLength),
    ...(headers.length === 0 ? {} : {
      headers: headers.map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString("base64")] as const)
    })
  }
}

const read = ({ headers, id, key, offset, partition, timestamp, topic, value }: typeof Written.Type): RawRecord => {
  const [keyBytes, valueBytes] = [bytesOf(key), bytesOf(value)]
  const bytes = Buffer.concat([keyBytes ?? Buffer.alloc(0), valueBytes ?? Buffer.alloc(0)])
  const keyLength = keyBytes?.length ?? -1
  const source = { topic, topicId: id, partition }
  const keyEnd = Math.max(0, keyLength)
  const named = headers?.map(([key, value]) => ({ key, value: bytesOf(value) }))
  return new RawRecord(source, offset, timestamp, bytes, 0, keyLength, keyEnd, valueBytes?.length ?? -1, named)
}

export const Chunk = Written.pipe(
  Schema.decodeTo(Schema.instanceOf(RawRecord), SchemaTransformation.transform({ decode: read, encode: written }))
)

/** Offsets of a topic that was made anew begin again: its id tells them apart. */
export const identify = ({ offset, source: { partition, topicId } }: RawRecord): string => `${topicId}/${partition}/${offset}`
