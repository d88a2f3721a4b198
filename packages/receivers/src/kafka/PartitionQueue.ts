/** What was fetched of one partition and not yet taken: batches of records, as bytes. */
import { crc32c } from "./crc32c.ts"
import type { AbortedTransaction, FetchedPartition } from "./fetchResponse.ts"
import type { Reason } from "./KafkaError.ts"
import { BatchTooLarge, CorruptRecords, RecordTooLarge } from "./reasons.ts"
import type { Source } from "./RawRecord.ts"
import { BadBatch, type BatchHeader, checkedFrom, isAbort, readHeader, type Taken, TooLarge, Walk } from "./recordBatch.ts"
import { UnpackedTooLarge } from "./unpack.ts"

/** A batch whose records are to be handed over. */
interface Waiting {
  readonly header: BatchHeader
  readonly bytes: Buffer
  /** Set once it was begun. */
  walk: Walk | undefined
}

export interface Unpacking {
  readonly decompress: (compression: number, bytes: Buffer, limit: number) => Buffer
  readonly checkCrcs: boolean
  readonly maxRecordBytes: number
  /** What a compressed batch may become. */
  readonly maxUnpackedBytes: number
}

export class PartitionQueue {
  readonly source: Source
  /** The first offset that was ever to be read. */
  readonly origin: number
  /** The node that leads it; -1 where none does just now. */
  leader = -1
  /** Whose offset is the next to be taken. */
  next: number
  /** And the next to be fetched. */
  fetchFrom: number
  /** The end, as the brokers last said: what may be read goes up to it. */
  end = 0
  /** Bytes that wait. */
  bytes = 0
  #waiting: Array<Waiting> = []
  #head = 0
  /** What stands behind the last batch that waits and cannot be read. */
  #stop: Reason | undefined = undefined
  readonly #unpacking: Unpacking

  constructor(
    source: Source,
    { next, origin }: { readonly origin: number; readonly next: number },
    unpacking: Unpacking
  ) {
    this.source = source
    this.origin = origin
    this.next = next
    this.fetchFrom = next
    this.#unpacking = unpacking
  }

  get topic(): string {
    return this.source.topic
  }

  get topicId(): string {
    return this.source.topicId
  }

  get partition(): number {
    return this.source.partition
  }

  /** How many offsets lie before the end. */
  get lag(): number {
    return Math.max(0, this.end - this.next)
  }

  /** Whether nothing more is to be fetched: what comes next cannot be read. */
  get isStuck(): boolean {
    return this.#stop !== undefined
  }

  /** What it stopped for, once all before it was taken. */
  get trouble(): Reason | undefined {
    return this.#head < this.#waiting.length ? undefined : this.#stop
  }

  /** Takes in what came; gives how many bytes of whole batches that were. */
  add(fetched: FetchedPartition, end: number): number {
    this.end = Math.max(end, this.fetchFrom)
    const before = this.bytes
    const aborts = new Aborts(fetched.aborted)
    try {
      for (let at = fetched.start;;) {
        const header = readHeader(fetched.bytes, at, fetched.end)
        if (header === undefined) break
        this.#check(fetched.bytes, at, header)
        at = header.end
        const isSeen = aborts.isSeen(header, fetched.bytes)
        if (header.nextOffset <= this.fetchFrom) continue
        this.fetchFrom = header.nextOffset
        if (!isSeen) continue
        this.bytes += header.end - header.start
        this.#waiting.push({ header, bytes: fetched.bytes, walk: undefined })
      }
    } catch (error) {
      this.#stop = this.#reasonOf(error, this.fetchFrom)
    }
    this.end = Math.max(this.end, this.fetchFrom)
    return this.bytes - before
  }

  /**
   * Takes the records before `until`, as far as they are here, and moves `next` behind them. Where a record cannot be
   * read it stops before it, and `trouble` says why.
   */
  take(until: number, out: Taken): void {
    const from = this.next
    if (until <= from) return
    const range = { from, until, maxRecordBytes: this.#unpacking.maxRecordBytes }
    for (let waiting = this.#waiting[this.#head]; waiting !== undefined; waiting = this.#waiting[this.#head]) {
      const { header } = waiting
      if (header.firstOffset >= until) break
      try {
        waiting.walk ??= this.#begin(waiting)
        const isDone = waiting.walk.take(header, this.source, range, out)
        if (!isDone) break
      } catch (error) {
        const reason = this.#reasonOf(error, Math.max(from, header.firstOffset))
        this.stick(reason)
        this.next = "offset" in reason ? Math.max(from, Math.min(until, reason.offset)) : from
        return
      }
      this.#drop(header)
    }
    // What lies between is in no batch: it was compacted away, or marked the end of a transaction.
    this.next = this.#head < this.#waiting.length ? until : Math.max(from, Math.min(until, this.fetchFrom))
  }

  /** Nothing more is fetched; what waits may still be taken. */
  stop(reason: Reason): void {
    this.#stop = reason
  }

  /** Nothing more is fetched nor taken. */
  stick(reason: Reason): void {
    this.#stop = reason
    this.#forget()
  }

  /** Goes on elsewhere. What waits is taken first where that is ahead, and forgotten where the log no longer has it. */
  jump(to: number): void {
    if (to < this.fetchFrom) {
      this.#forget()
      this.next = to
    } else if (this.#head >= this.#waiting.length) {
      this.next = to
    }
    this.fetchFrom = to
    this.end = Math.max(this.end, to)
  }

  #forget(): void {
    this.#waiting = []
    this.#head = 0
    this.bytes = 0
  }

  /** Before anything but its length is believed. */
  #check(bytes: Buffer, at: number, { checksum, end }: BatchHeader): void {
    if (!this.#unpacking.checkCrcs || crc32c(bytes, at + checkedFrom, end) === checksum) return
    throw new BadBatch("the checksum of a batch is not that of its bytes")
  }

  #begin({ bytes, header }: Waiting): Walk {
    const { compression, end, start } = header
    if (compression === 0) return new Walk(bytes, start, end)
    const { decompress, maxUnpackedBytes } = this.#unpacking
    const unpacked = decompress(compression, bytes.subarray(start, end), maxUnpackedBytes)
    return new Walk(unpacked, 0, unpacked.length)
  }

  #drop(header: BatchHeader): void {
    this.bytes -= header.end - header.start
    this.#head++
    if (this.#head < 64 || this.#head * 2 < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#head)
    this.#head = 0
  }

  #reasonOf(error: unknown, offset: number): Reason {
    const { partition, topic } = this
    if (error instanceof TooLarge) {
      const { maxRecordBytes } = this.#unpacking
      return new RecordTooLarge({ topic, partition, offset: error.offset, bytes: error.size, limit: maxRecordBytes })
    }
    if (error instanceof UnpackedTooLarge) {
      return new BatchTooLarge({ topic, partition, offset, limit: this.#unpacking.maxUnpackedBytes })
    }
    const detail = error instanceof BadBatch ? error.message : "it cannot be unpacked"
    return new CorruptRecords({ topic, partition, offset, detail })
  }
}

/** Knows of one answer which of its batches belong to transactions that were aborted. */
class Aborts {
  readonly #transactions: ReadonlyArray<AbortedTransaction>
  readonly #open = new Set<bigint>()
  #next = 0

  constructor(transactions: ReadonlyArray<AbortedTransaction>) {
    this.#transactions = transactions
  }

  /** Whether the records of a batch are to be seen. Batches have to come in order. */
  isSeen(header: BatchHeader, bytes: Buffer): boolean {
    for (let next = this.#transactions[this.#next]; next !== undefined && next.firstOffset < header.nextOffset;) {
      this.#open.add(next.producerId)
      next = this.#transactions[++this.#next]
    }
    if (header.isControl) {
      if (this.#open.has(header.producerId) && isAbort(bytes, header)) this.#open.delete(header.producerId)
      return false
    }
    return !header.isTransactional || !this.#open.has(header.producerId)
  }
}
