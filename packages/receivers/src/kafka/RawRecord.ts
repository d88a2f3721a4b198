/** A record as it came, not yet decoded: places in the bytes of the answer that brought it. */
import { isUtf8 } from "node:buffer"

/** A header of a record. Its value may be missing. */
export interface Header {
  readonly key: string
  readonly value: Uint8Array | null
}

const noHeaders: ReadonlyArray<Header> = Object.freeze([])

/** The partition that records came from; all of them share one. */
export interface Source {
  readonly topic: string
  /** What the brokers call the topic. */
  readonly topicId: string
  readonly partition: number
}

/** A length below 0 stands for null. */
export class RawRecord {
  readonly source: Source
  readonly offset: number
  readonly timestamp: number
  readonly bytes: Buffer
  readonly keyAt: number
  readonly keyLength: number
  readonly valueAt: number
  readonly valueLength: number
  readonly headers: ReadonlyArray<Header>

  constructor(
    source: Source,
    offset: number,
    timestamp: number,
    bytes: Buffer,
    keyAt: number,
    keyLength: number,
    valueAt: number,
    valueLength: number,
    headers: ReadonlyArray<Header> = noHeaders
  ) {
    this.source = source
    this.offset = offset
    this.timestamp = timestamp
    this.bytes = bytes
    this.keyAt = keyAt
    this.keyLength = keyLength
    this.valueAt = valueAt
    this.valueLength = valueLength
    this.headers = headers
  }

  get key(): Uint8Array | null {
    return copyOf(this.bytes, this.keyAt, this.keyLength)
  }

  get value(): Uint8Array | null {
    return copyOf(this.bytes, this.valueAt, this.valueLength)
  }

  /** For a dead letter: text where the bytes are UTF-8, else base64. */
  toJSON() {
    const { headers, offset, source: { partition, topic }, timestamp } = this
    return {
      topic,
      partition,
      offset,
      timestamp,
      headers: headers.map(({ key, value }) => ({ key, value: shown(value) })),
      key: shown(this.key),
      value: shown(this.value)
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
