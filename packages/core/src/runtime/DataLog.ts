/** What was received and cannot be read again goes into the journal before anything is made of it. */
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type { Primitive } from "../batch/Key.ts"
import { codecOf, type JsonCodec } from "../dstream/jsonCodec.ts"
import type { Receiver } from "../dstream/Receiver.ts"
import * as primitiveJson from "../kernel/primitiveJson.ts"
import type { AnyFunction } from "../kernel/Step.ts"
import type { CheckpointError } from "../store/CheckpointError.ts"
import type { Journal } from "../store/CheckpointStore.ts"
import type { Data } from "../store/JournalRecord.ts"
import type { Recovery } from "../store/decideRecovery.ts"
import type { Acknowledgement } from "./cut.ts"
import type { AnyBlock } from "./Intake.ts"

/** How many identities of a receiver are known at a time; the oldest are forgotten first. */
export const maxIdentities = 1_000_000

/** Whether the blocks of a receiver go into the journal. */
export const isJournalled = ({ chunk, delivery }: Receiver<unknown, unknown, unknown>): boolean =>
  delivery !== "Replayable" && chunk !== undefined

/** What the log knows of one receiver. */
class Lane {
  readonly name: string
  readonly codec: JsonCodec | undefined
  readonly identify: AnyFunction | undefined
  readonly known: Set<Primitive>
  sequence: number
  consumed: number
  /** Blocks that no batch has taken, oldest first. */
  waiting: Array<{ readonly sequence: number; readonly lsn: number }> = []

  constructor(receiver: Receiver<unknown, unknown, unknown>, recovery: Recovery) {
    const { name } = receiver
    this.name = name
    this.codec = isJournalled(receiver) && receiver.chunk !== undefined ? codecOf(receiver.chunk) : undefined
    this.identify = receiver.identify
    this.sequence = recovery.sequences.get(name) ?? 0
    this.consumed = recovery.consumed.get(name) ?? 0
    this.known = new Set((recovery.identities.get(name) ?? []).slice(-maxIdentities).map(primitiveJson.fromJson))
    for (const { data, lsn } of recovery.pending) {
      if (data.receiver === name) this.waiting.push({ sequence: data.sequence, lsn })
    }
  }
}

/**
 * The receivers' side of the journal. A block is written before it is handed to the inbox, and its source hears of it
 * after the disk has it and this run is still the owner.
 */
export class DataLog {
  private readonly lanes: ReadonlyArray<Lane>
  private readonly journal: Journal
  private readonly written = Latch.makeUnsafe(false)
  private readonly safe: Array<Acknowledgement> = []

  constructor(receivers: ReadonlyArray<Receiver<unknown, unknown, unknown>>, journal: Journal, recovery: Recovery) {
    this.journal = journal
    this.lanes = receivers.map((receiver) => new Lane(receiver, recovery))
  }

  /**
   * Gives the block that is to be processed: without the chunks that were taken in before, with its sequence, and
   * without the acknowledgement, which is kept here. Throws what the receiver's `chunk` and `identify` throw.
   */
  write(index: number, block: AnyBlock): AnyBlock & { readonly sequence?: number | undefined } {
    const lane = this.lanes[index]
    if (lane?.codec === undefined) return block
    const { acknowledge, ...rest } = this.fresh(lane, block)
    let { sequence } = lane
    if (rest.payload.length > 0) {
      const { codec, identify, name } = lane
      sequence++
      const identities = identify === undefined ? undefined : rest.payload.map((chunk) => identify(chunk))
      const data: Data = {
        _tag: "Data",
        receiver: name,
        sequence,
        chunks: rest.payload.map((chunk) => codec.encode(chunk)),
        records: rest.records,
        bytes: rest.bytes,
        identities: identities?.map(primitiveJson.toJson)
      }
      const lsn = this.journal.append([data])
      lane.sequence = sequence
      lane.waiting.push({ sequence, lsn })
      for (const identity of identities ?? []) remember(lane.known, identity)
    }
    if (acknowledge !== undefined) this.safe.push({ lane: index, acknowledge })
    this.written.openUnsafe()
    return { ...rest, sequence }
  }

  /** A batch took everything up to here. */
  took(index: number, sequence: number): void {
    const lane = this.lanes[index]
    if (lane === undefined) return
    lane.consumed = sequence
    let taken = 0
    while (taken < lane.waiting.length && lane.waiting[taken]!.sequence <= sequence) taken++
    if (taken > 0) lane.waiting.splice(0, taken)
  }

  consumed(index: number): number {
    return this.lanes[index]?.consumed ?? 0
  }

  /** Place of the oldest block that no batch has taken. */
  oldest(): number {
    return Math.min(Infinity, ...this.lanes.map(({ waiting }) => waiting[0]?.lsn ?? Infinity))
  }

  /** What a snapshot keeps of the receivers. */
  snapshot(): { readonly consumed: Record<string, number>; readonly identities: Record<string, ReadonlyArray<unknown>> } {
    const lanes = this.lanes.filter(({ codec }) => codec !== undefined)
    return {
      consumed: Object.fromEntries(lanes.map(({ consumed, name }) => [name, consumed])),
      identities: Object.fromEntries(
        lanes.filter(({ known }) => known.size > 0)
          .map(({ known, name }) => [name, Array.from(known, primitiveJson.toJson)])
      )
    }
  }

  /** Makes what was written durable, and tells the sources: for as long as the run lives. */
  run(acknowledge: (all: ReadonlyArray<Acknowledgement>) => Effect.Effect<void>): Effect.Effect<never, CheckpointError> {
    return Effect.forever(Effect.andThen(this.written.await, Effect.suspend(() => this.flush(acknowledge))))
  }

  /** Everything written so far durable, and acknowledged. */
  flush(acknowledge: (all: ReadonlyArray<Acknowledgement>) => Effect.Effect<void>): Effect.Effect<void, CheckpointError> {
    return Effect.suspend(() => {
      this.written.closeUnsafe()
      const count = this.safe.length
      if (count === 0) return this.journal.sync
      return this.journal.sync.pipe(
        Effect.andThen(this.journal.verify),
        // They are kept until then: whoever is interrupted before leaves them to the next.
        Effect.andThen(Effect.uninterruptible(Effect.suspend(() => acknowledge(this.safe.splice(0, count)))))
      )
    })
  }

  private fresh(lane: Lane, block: AnyBlock): AnyBlock {
    const { identify, known } = lane
    if (identify === undefined) return block
    const seen = new Set<Primitive>()
    const payload = block.payload.filter((chunk) => {
      const identity = identify(chunk)
      if (known.has(identity) || seen.has(identity)) return false
      seen.add(identity)
      return true
    })
    if (payload.length === block.payload.length) return block
    const share = payload.length / block.payload.length
    return {
      ...block,
      payload,
      records: payload.length === 0 ? 0 : Math.ceil(block.records * share),
      bytes: Math.ceil(block.bytes * share)
    }
  }
}

const remember = (known: Set<Primitive>, identity: Primitive): void => {
  known.add(identity)
  if (known.size <= maxIdentities) return
  for (const oldest of known) {
    known.delete(oldest)
    return
  }
}
