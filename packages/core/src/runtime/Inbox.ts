/** The one bounded hand-over from receivers to batches. */
import * as Effect from "effect/Effect"
import { type AnyBlock, type Received, Shelf, type Split } from "./Shelf.ts"

export type { Received }

const nothing: Received = {
  segments: [],
  records: 0,
  bytes: 0,
  acknowledgements: [],
  resumeAfter: undefined,
  sequence: undefined
}

/** Segments shorter than this are joined, so that a receiver of single records does not cost a loop per record. */
const shortSegment = 64

class Lane {
  segments: Array<ReadonlyArray<unknown>> = []
  /** The last segment, while it is ours and may grow. */
  growing: Array<unknown> | undefined = undefined
  records = 0
  bytes = 0
  acknowledgements: Array<Effect.Effect<void>> = []
  resumeAfter: unknown = undefined
  sequence: number | undefined = undefined
  /** Set while blocks are kept apart, to be taken in part. */
  shelf: Shelf | undefined = undefined

  push(block: AnyBlock): void {
    if (this.shelf !== undefined) return this.shelf.push(block)
    if (block.resumeAfter !== undefined) this.resumeAfter = block.resumeAfter
    if (block.sequence !== undefined) this.sequence = block.sequence
    this.records += block.records
    this.bytes += block.bytes
    if (block.acknowledge !== undefined) this.acknowledgements.push(block.acknowledge)
    const payload = block.payload
    if (payload.length === 0) return
    if (payload.length >= shortSegment) {
      this.segments.push(payload)
      this.growing = undefined
      return
    }
    if (this.growing === undefined) {
      this.growing = []
      this.segments.push(this.growing)
    }
    for (let i = 0; i < payload.length; i++) this.growing.push(payload[i])
  }

  take(): Received {
    const { acknowledgements, bytes, records, resumeAfter, segments, sequence } = this
    this.segments = []
    this.growing = undefined
    this.records = 0
    this.bytes = 0
    this.acknowledgements = []
    this.resumeAfter = undefined
    this.sequence = undefined
    return { segments, records, bytes, acknowledgements, resumeAfter, sequence }
  }
}

/** What a block costs at least, so that empty ones are bounded too. */
const leastBytes = 64

const weight = (block: AnyBlock): number => Math.max(leastBytes, block.bytes)

interface Waiter {
  readonly lane: number
  readonly block: AnyBlock
  readonly accepted: () => void
  /** Whether `onFull` was. */
  told: boolean
}

/**
 * Holds what was received until a batch takes it, bounded in records and bytes over all receivers. A block that finds
 * no room waits, first come first served, and does not count as received until it is in. A block larger than the
 * whole bound is let in when the inbox is empty, so the bound is exceeded by one block at most.
 */
export class Inbox {
  records = 0
  bytes = 0
  readonly lanes: ReadonlyArray<Lane>
  readonly maxRecords: number
  readonly maxBytes: number
  private readonly onFull: (lane: number) => void
  private waiting: Array<Waiter> = []

  constructor(options: {
    readonly lanes: number
    readonly maxRecords: number
    readonly maxBytes: number
    /** Told once per suspended block. */
    readonly onFull: (lane: number) => void
  }) {
    this.lanes = Array.from({ length: options.lanes }, () => new Lane())
    this.maxRecords = options.maxRecords
    this.maxBytes = options.maxBytes
    this.onFull = options.onFull
  }

  get isEmpty(): boolean {
    return this.lanes.every((lane) => lane.segments.length === 0 && lane.acknowledgements.length === 0 && lane.shelf?.isEmpty !== false)
  }

  get suspended(): number {
    return this.waiting.length
  }

  /** Hands a block over; suspends while there is no room. Interruption takes the block back. */
  offer(lane: number, block: AnyBlock): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.waiting.length === 0 && this.fits(block)) {
        this.accept(lane, block)
        return Effect.void
      }
      return Effect.callback<void>((resume) => {
        const waiter: Waiter = { lane, block, told: false, accepted: () => resume(Effect.void) }
        this.waiting.push(waiter)
        if (!this.fits(block)) this.tell(waiter)
        return Effect.sync(() => {
          this.waiting = this.waiting.filter((other) => other !== waiter)
          this.admit()
        })
      })
    })
  }

  /** From now on blocks are kept as they came; `skips` is what each lane is to leave out of the first of them. */
  keepBlocks(splits: ReadonlyArray<Split>, skips: ReadonlyArray<number>): void {
    this.lanes.forEach((lane, index) => {
      lane.shelf = new Shelf(splits[index], skips[index] ?? 0)
    })
  }

  /** What came is joined again. To be called when all of it was taken. */
  joinBlocks(): void {
    for (const lane of this.lanes) if (lane.shelf?.isSettled === true) lane.shelf = undefined
  }

  /** As `takeAll`, of one lane alone: what `take` takes from its shelf. */
  takeSome(only: number, take: (shelf: Shelf) => Received): ReadonlyArray<Received> {
    const received = this.lanes.map(({ shelf }, index) => shelf === undefined || index !== only ? nothing : take(shelf))
    this.records = 0
    this.bytes = 0
    for (const { shelf } of this.lanes) {
      const left = shelf?.left() ?? nothing
      this.records += left.records
      this.bytes += left.bytes
    }
    this.admit()
    return received
  }

  /** Empties every lane into a batch and lets in what was waiting. */
  takeAll(): ReadonlyArray<Received> {
    const received = this.lanes.map((lane) => lane.shelf === undefined ? lane.take() : lane.shelf.take(Infinity))
    this.records = 0
    this.bytes = 0
    this.admit()
    return received
  }

  /** Lets in the first block that waits from each of these lanes, though the others may have taken all the room. */
  letIn(lanes: ReadonlyArray<number>): void {
    for (const lane of lanes) {
      const waiter = this.waiting.find((other) => other.lane === lane)
      if (waiter === undefined) continue
      this.waiting = this.waiting.filter((other) => other !== waiter)
      this.accept(lane, waiter.block)
      waiter.accepted()
    }
  }

  private fits(block: AnyBlock): boolean {
    return this.records === 0 && this.bytes === 0 ||
      this.records + block.records <= this.maxRecords && this.bytes + weight(block) <= this.maxBytes
  }

  /** Lets a block in, room or not. */
  accept(lane: number, block: AnyBlock): void {
    this.records += block.records
    this.bytes += weight(block)
    this.lanes[lane]?.push(block)
  }

  /**
   * Whoever is let in runs at once, inside `accepted`, and may offer, give up, or make others give up: so each waiter
   * leaves the line before it is told, and the line is looked at anew after.
   */
  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined && this.fits(next.block); next = this.waiting[0]) {
      this.waiting.shift()
      this.accept(next.lane, next.block)
      next.accepted()
    }
    for (const waiter of this.waiting) this.tell(waiter)
  }

  private tell(waiter: Waiter): void {
    if (waiter.told) return
    waiter.told = true
    this.onFull(waiter.lane)
  }
}
