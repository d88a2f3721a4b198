/** The blocks of one receiver, kept apart so that a batch can be cut in the middle of one. */
import type * as Effect from "effect/Effect"
import type { Block } from "../dstream/Receiver.ts"
import { Part } from "./Part.ts"

/** A block with its place in the journal, where it has one. */
export type AnyBlock = Block<unknown, unknown> & { readonly sequence?: number | undefined }

/** Gives the records of a chunk; absent where chunks are records. */
export type Split = ((chunk: unknown) => ReadonlyArray<unknown>) | undefined

/** What one receiver handed over since the last batch was cut. */
export interface Received {
  readonly segments: ReadonlyArray<ReadonlyArray<unknown>>
  readonly records: number
  readonly bytes: number
  readonly acknowledgements: ReadonlyArray<Effect.Effect<void>>
  /** Where reading goes on after the last block, if one said so. */
  readonly resumeAfter: unknown
  /** The sequence of the last block that is in the journal. */
  readonly sequence: number | undefined
  /** How many records after that block are taken too, where that is not as before. */
  readonly skip?: number | undefined
  /** Whether it begins or ends in the middle of a block. */
  readonly isPartial?: boolean | undefined
}

interface Open {
  readonly block: AnyBlock
  /** What is left of its payload: chunks, the first one perhaps in part. */
  readonly payload: Array<unknown>
  records: number
}

export class Shelf {
  private readonly blocks: Array<Open> = []
  private readonly split: Split
  /** Records that are taken since the last block that is taken as a whole. */
  private skip: number
  /** How many of those have not come again after a start. */
  private missing: number

  constructor(split: Split, skip: number) {
    this.split = split
    this.skip = skip
    this.missing = skip
  }

  get isEmpty(): boolean {
    return this.blocks.length === 0
  }

  /** Nothing is kept, and nothing is to be left out. */
  get isSettled(): boolean {
    return this.isEmpty && this.skip === 0 && this.missing === 0
  }

  push(block: AnyBlock): void {
    this.blocks.push({ block, payload: [...block.payload], records: block.records })
  }

  left(): { readonly records: number; readonly bytes: number } {
    let records = 0
    let bytes = 0
    for (const open of this.blocks) {
      records += open.records
      bytes += open.block.records > 0 ? open.block.bytes * open.records / open.block.records : open.block.bytes
    }
    return { records: Math.max(0, records - this.missing), bytes }
  }

  /** At most so many records. Where there is no bound, all blocks, without a look into them. */
  take(maxRecords: number): Received {
    return this.taking((taking) => {
      if (maxRecords === Infinity) while (this.blocks.length > 0) this.takeRest(taking)
      else this.pass(maxRecords, taking)
    })
  }

  /** What is left of the first block, without a look into it. */
  takeBlock(): Received {
    return this.taking((taking) => this.takeRest(taking))
  }

  private taking(take: (taking: Taking) => void): Received {
    const before = this.left()
    const skipped = this.skip
    const taking = new Taking()
    if (this.missing > 0) {
      // What was taken before the start is no part of the batch; blocks that it ends are.
      this.pass(this.missing, taking)
      taking.segments.length = 0
      taking.records = 0
    }
    take(taking)
    const moved = taking.resumeAfter !== undefined || taking.sequence !== undefined
    const skip = this.skip > 0 || skipped > 0 && !moved ? this.skip : undefined
    const bytes = Math.max(0, Math.round(before.bytes - this.left().bytes))
    return { ...taking, bytes, skip, isPartial: skipped > 0 || this.skip > 0 }
  }

  private takeRest(taking: Taking): void {
    const first = this.blocks[0]
    if (first === undefined) return
    if (first.payload.length > 0) taking.segments.push(first.payload)
    taking.records += first.records
    this.finish(first.block, taking)
  }

  private finish(block: AnyBlock, taking: Taking): void {
    this.blocks.shift()
    this.skip = this.missing
    if (block.resumeAfter !== undefined) taking.resumeAfter = block.resumeAfter
    if (block.sequence !== undefined) taking.sequence = block.sequence
    if (block.acknowledge !== undefined) taking.acknowledgements.push(block.acknowledge)
  }

  /** Moves records over until there are so many, or no more. Those that come again are not counted once more. */
  private pass(maxRecords: number, taking: Taking): void {
    const isAgain = this.missing > 0
    for (let first = this.blocks[0]; first !== undefined; first = this.blocks[0]) {
      while (first.payload.length > 0 && taking.records < maxRecords) {
        const taken = this.takeOf(first, maxRecords - taking.records, taking)
        first.records = Math.max(0, first.records - taken)
        taking.records += taken
        if (isAgain) this.missing -= taken
        else this.skip += taken
      }
      if (first.payload.length > 0) return
      this.finish(first.block, taking)
    }
  }

  private takeOf({ payload }: Open, maxRecords: number, { segments }: Taking): number {
    if (this.split === undefined) {
      const records = payload.splice(0, maxRecords)
      segments.push(records)
      return records.length
    }
    const chunk = payload[0]
    const records = chunk instanceof Part ? chunk.records : this.split(chunk)
    if (records.length <= maxRecords) {
      payload.shift()
      segments.push([chunk])
      return records.length
    }
    payload[0] = new Part(records.slice(maxRecords))
    segments.push([new Part(records.slice(0, maxRecords))])
    return maxRecords
  }
}

/** What is being taken. */
class Taking {
  readonly segments: Array<ReadonlyArray<unknown>> = []
  records = 0
  readonly acknowledgements: Array<Effect.Effect<void>> = []
  resumeAfter: unknown = undefined
  sequence: number | undefined = undefined
}
