/** Batches of records as Kafka stores them: their headers, and the records in them. */
import { int64 } from "./fetchResponse.ts"
import { type Header, RawRecord, type Source } from "./RawRecord.ts"

/** The header of a batch, and where its records lie. */
export interface BatchHeader {
  readonly firstOffset: number
  /** The offset after its last one, whether a record has that or not. */
  readonly nextOffset: number
  readonly compression: number
  readonly isTransactional: boolean
  /** It marks where a transaction ended, and holds no record. */
  readonly isControl: boolean
  /** Where the broker's clock counts, the time of all its records; else the time of the first. */
  readonly timestamp: number
  readonly isLogTime: boolean
  readonly producerId: bigint
  readonly records: number
  readonly checksum: number
  readonly start: number
  readonly end: number
}

/** First offset and length, of which `length` does not count. */
export const prefixBytes = 12
const headerBytes = 61
/** Where the part of a batch begins that its checksum is of. */
export const checkedFrom = 21

/** Thrown for bytes that are no batch; the message says nothing of what they hold. */
export class BadBatch extends Error {}

/** The header of the batch at `at`; nothing where the bytes end before the batch does. */
export const readHeader = (bytes: Buffer, at: number, end: number): BatchHeader | undefined => {
  if (end - at < prefixBytes) return undefined
  const length = bytes.readInt32BE(at + 8)
  if (length < headerBytes - prefixBytes) throw new BadBatch("a batch that is shorter than its header")
  if (at + prefixBytes + length > end) return undefined
  const magic = bytes.readInt8(at + 16)
  if (magic !== 2) throw new BadBatch(`a batch in the format ${magic} of Kafka before 0.11`)
  const attributes = bytes.readInt16BE(at + 21)
  const firstOffset = int64(bytes, at)
  const isLogTime = (attributes & 8) !== 0
  return {
    firstOffset,
    nextOffset: firstOffset + bytes.readInt32BE(at + 23) + 1,
    compression: attributes & 7,
    isTransactional: (attributes & 16) !== 0,
    isControl: (attributes & 32) !== 0,
    timestamp: int64(bytes, at + (isLogTime ? 35 : 27)),
    isLogTime,
    producerId: bytes.readBigInt64BE(at + 43),
    records: bytes.readInt32BE(at + 57),
    checksum: bytes.readUInt32BE(at + 17),
    start: at + headerBytes,
    end: at + prefixBytes + length
  }
}

/** Whether a control batch says that its transaction was aborted: its one record has a key of version and type. */
export const isAbort = (bytes: Buffer, { end, start }: BatchHeader): boolean => {
  const walk = new Walk(bytes, start, end)
  walk.varint()
  walk.at += 1
  walk.varint()
  walk.varint()
  return walk.varint() >= 4 && bytes.readInt16BE(walk.at + 2) === 0
}

/** Walks over the records of one batch, from wherever it stopped. */
export class Walk {
  readonly bytes: Buffer
  readonly end: number
  at: number
  /** How many records it has passed. */
  index = 0

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** Zigzag, 32 bits. */
  varint(): number {
    const { bytes } = this
    let byte = bytes[this.at++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    let shift = 7
    do {
      byte = bytes[this.at++]!
      value |= (byte & 0x7f) << shift
      shift += 7
    } while (byte >= 0x80 && shift < 35)
    return (value >>> 1) ^ -(value & 1)
  }

  /** Zigzag, 64 bits. Differences of times fit into a number. */
  varlong(): number {
    const { bytes } = this
    let byte = bytes[this.at++]!
    let value = byte & 0x7f
    for (let scale = 128; byte >= 0x80 && scale < 2 ** 64; scale *= 128) {
      byte = bytes[this.at++]!
      value += (byte & 0x7f) * scale
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** Takes records with an offset from `from` up to and without `until` into `out`, and stops at the first one behind. */
  take(batch: BatchHeader, source: Source, range: Range, out: Taken): boolean {
    const { bytes } = this
    const { from, maxRecordBytes, until } = range
    for (; this.index < batch.records; this.index++) {
      const start = this.at
      const length = this.varint()
      const end = this.at + length
      if (length < 0 || end > this.end) throw new BadBatch("a record that is longer than its batch")
      this.at += 1
      const timestamp = batch.isLogTime ? (this.varlong(), batch.timestamp) : batch.timestamp + this.varlong()
      const offset = batch.firstOffset + this.varint()
      if (offset >= until) {
        this.at = start
        return false
      }
      if (offset >= from) {
        if (length > maxRecordBytes) {
          this.at = start
          throw new TooLarge(offset, length)
        }
        const keyLength = this.varint()
        const keyAt = this.at
        if (keyLength > 0) this.at += keyLength
        const valueLength = this.varint()
        const valueAt = this.at
        if (valueLength > 0) this.at += valueLength
        const headers = this.varint()
        if (this.at > end) throw new BadBatch("a record whose parts are longer than it")
        out.records.push(
          headers <= 0
            ? new RawRecord(source, offset, timestamp, bytes, keyAt, keyLength, valueAt, valueLength)
            : new RawRecord(source, offset, timestamp, bytes, keyAt, keyLength, valueAt, valueLength, this.headers(headers, end))
        )
        out.bytes += length
      }
      this.at = end
    }
    return true
  }

  private headers(count: number, end: number): ReadonlyArray<Header> {
    const { bytes } = this
    const headers: Array<Header> = []
    for (let left = count; left > 0; left--) {
      const keyLength = this.varint()
      const key = bytes.toString("utf8", this.at, this.at + keyLength)
      this.at += keyLength
      const length = this.varint()
      if (keyLength < 0 || this.at + length > end) throw new BadBatch("a header that is longer than its record")
      headers.push({ key, value: length < 0 ? null : Uint8Array.from(bytes.subarray(this.at, this.at + length)) })
      if (length > 0) this.at += length
    }
    return headers
  }
}

export interface Range {
  readonly from: number
  readonly until: number
  readonly maxRecordBytes: number
}

/** What is taken, over all partitions. */
export interface Taken {
  readonly records: Array<RawRecord>
  bytes: number
}

/** Thrown at a record that is larger than allowed; those before it were taken. */
export class TooLarge extends Error {
  readonly offset: number
  readonly size: number

  constructor(offset: number, size: number) {
    super("a record that is too large")
    this.offset = offset
    this.size = size
  }
}
