/** A record as it came, not yet decoded: places in the bytes of the answer that brought it. */
import { isUtf8 } from "node:buffer"

/** A header of a record. Its value may be missing. */
export interface Header {
  readonly key: string
  readonly value: Uint8Array | null
}

const noHeaders: ReadonlyArray<Header> = Object.freeze([])

/** A length below 0 stands for null. */
export class RawRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly bytes: Buffer
  readonly keyAt: number
  readonly keyLength: number
  readonly valueAt: number
  readonly valueLength: number
  readonly headers: ReadonlyArray<Header>

  constructor(
    topic: string,
    partition: number,
    offset: number,
    timestamp: number,
    bytes: Buffer,
    keyAt: number,
    keyLength: number,
    valueAt: number,
    valueLength: number,
    headers: ReadonlyArray<Header> = noHeaders
  ) {
    this.topic = topic
    this.partition = partition
    this.offset = offset
    this.timestamp = timestamp
    this.bytes = bytes
    this.keyAt = keyAt
    this.keyLength = keyLength
    this.valueAt = valueAt
    this.valueLength = valueLength
    this.headers = headers
  }

  /** For a dead letter: text where the bytes are UTF-8, else base64. */
  toJSON() {
    const { headers, offset, partition, timestamp, topic } = this
    return {
      topic,
      partition,
      offset,
      timestamp,
      headers: headers.map(({ key, value }) => ({ key, value: shown(value) })),
      key: shown(copyOf(this.bytes, this.keyAt, this.keyLength)),
      value: shown(copyOf(this.bytes, this.valueAt, this.valueLength))
    }
  }
}

const shown = (bytes: Uint8Array | null): string | { readonly base64: string } | null => {
  if (bytes === null) return null
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer) ? buffer.toString() : { base64: buffer.toString("base64") }
}

/** Bytes of their own: a view would keep the whole answer alive, which has thousands of records. */
export const copyOf = (bytes: Buffer, at: number, length: number): Uint8Array | null => {
  if (length < 0) return null
  const copy = new Uint8Array(length)
  copy.set(bytes.subarray(at, at + length))
  return copy
}
