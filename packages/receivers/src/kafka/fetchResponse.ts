/** What a broker answers when it is asked for records: versions 13 to 17 of the Fetch response, whose fields are these. */

/** What came of one partition. Its batches lie in `bytes` from `start` to `end`, the last perhaps cut off. */
export interface FetchedPartition {
  readonly topicId: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  /** By `firstOffset`. */
  readonly aborted: ReadonlyArray<AbortedTransaction>
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

export interface FetchResponse {
  readonly errorCode: number
  readonly partitions: ReadonlyArray<FetchedPartition>
}

/** Offsets and sizes are numbers here: up to 2^53 they are exact, and no partition gets there. */
export const int64 = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)

/** Reads one field after another. */
export class Cursor {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  int16(): number {
    this.at += 2
    return this.bytes.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.bytes.readInt32BE(this.at - 4)
  }

  int64(): number {
    this.at += 8
    return int64(this.bytes, this.at - 8)
  }

  bigint64(): bigint {
    this.at += 8
    return this.bytes.readBigInt64BE(this.at - 8)
  }

  uuid(): string {
    this.at += 16
    const hex = this.bytes.toString("hex", this.at - 16, this.at)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  unsignedVarInt(): number {
    let value = 0
    for (let shift = 0;; shift += 7) {
      const byte = this.bytes[this.at++]
      if (byte === undefined || shift > 28) throw new RangeError("a number that does not end")
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  tags(): void {
    for (let left = this.unsignedVarInt(); left > 0; left--) {
      this.unsignedVarInt()
      const length = this.unsignedVarInt()
      this.at += length
    }
  }

  /** Of a compact array, whose length is one more than there are items. */
  array<A>(item: () => A): Array<A> {
    const items: Array<A> = []
    for (let left = this.unsignedVarInt(); left > 1; left--) items.push(item())
    return items
  }
}

export const readFetchResponse = (bytes: Buffer): FetchResponse => {
  const cursor = new Cursor(bytes, 4)
  const errorCode = cursor.int16()
  cursor.int32()
  const topics = cursor.array(() => {
    const topicId = cursor.uuid()
    const partitions = cursor.array(() => readPartition(topicId, cursor))
    cursor.tags()
    return partitions
  })
  return { errorCode, partitions: topics.flat() }
}

const readPartition = (topicId: string, cursor: Cursor): FetchedPartition => {
  const partition = cursor.int32()
  const errorCode = cursor.int16()
  const highWatermark = cursor.int64()
  const lastStableOffset = cursor.int64()
  const logStartOffset = cursor.int64()
  const aborted = cursor.array(() => {
    const transaction = { producerId: cursor.bigint64(), firstOffset: cursor.int64() }
    cursor.tags()
    return transaction
  })
  // The replica to read from, which only those are told who say in which rack they are.
  cursor.int32()
  const length = Math.max(0, cursor.unsignedVarInt() - 1)
  const start = cursor.at
  cursor.at = start + length
  cursor.tags()
  return {
    topicId,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    aborted: aborted.sort((left, right) => left.firstOffset - right.firstOffset),
    bytes: cursor.bytes,
    start,
    end: start + length
  }
}
