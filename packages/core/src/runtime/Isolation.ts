/** Finds the record that ends the process, by trying ever fewer records at a time. */
import type { Recovery } from "../store/decideRecovery.ts"
import { isJournalled } from "./DataLog.ts"
import type { Inbox } from "./Inbox.ts"
import type { Intake } from "./Intake.ts"

/** What the next batch takes, where that may end the process. */
export interface Trial {
  /** Absent: all lanes, as ever. */
  readonly lane: number | undefined
  /** 0: the first record is set aside, or, where even a look at it ends the process, what is left of its block. */
  readonly maxRecords: number
  readonly buries: "record" | "block" | undefined
}

/** After so many starts in a row that ended without a word the records are suspected. */
const dirtyStartsMax = 2

export const isSuspicious = ({ attempted, dirtyStarts }: Recovery): boolean =>
  attempted !== undefined || dirtyStarts >= dirtyStartsMax

/**
 * Suspected are the records of the try that ended the process: half of them are tried, then half of what is left, until
 * one is alone. Each start ends with fewer, so that the last is found after as many starts as they can be halved. Then a
 * batch of all that waits is tried, after which nothing is suspected any more.
 */
export class Isolation {
  isOver = false
  /** By lane. Unknown until records have come. */
  private suspects: Map<number, number> | undefined = undefined
  private burial: { readonly lane: number; readonly what: "record" | "block" } | undefined = undefined
  private isFull = false
  private readonly intakes: ReadonlyArray<Intake>
  private readonly inbox: Inbox

  constructor(intakes: ReadonlyArray<Intake>, inbox: Inbox, { attempted }: Recovery) {
    this.intakes = intakes
    this.inbox = inbox
    const lane = intakes.findIndex(({ receiver }) => receiver.name === attempted?.receiver)
    if (attempted === undefined || lane < 0) return
    if (attempted.maxRecords > 1) this.suspects = new Map([[lane, attempted.maxRecords]])
    else this.burial = { lane, what: attempted.maxRecords === 1 ? "record" : "block" }
  }

  /** Nothing where the records to try have not come. */
  next(): Trial | undefined {
    if (this.isFull) this.isOver = true
    if (this.isOver || this.inbox.records === 0) return undefined
    if (this.burial !== undefined) {
      const { lane, what } = this.burial
      if (this.waiting(lane) > 0) return { lane, maxRecords: 0, buries: what }
      if (!this.isClosed(lane)) return undefined
      this.burial = undefined
    }
    const suspects = this.suspects ??= this.everyone()
    for (const [lane, records] of suspects) {
      if (this.waiting(lane) > 0) return { lane, maxRecords: Math.ceil(records / 2), buries: undefined }
      if (this.isClosed(lane)) suspects.delete(lane)
    }
    return suspects.size > 0 ? undefined : { lane: undefined, maxRecords: this.inbox.records, buries: undefined }
  }

  /** The lanes whose records are waited for. */
  wanted(): ReadonlyArray<number> {
    return this.burial === undefined ? [...this.suspects?.keys() ?? []] : [this.burial.lane]
  }

  /** What the batch of a trial took. */
  took({ buries, lane }: Trial, records: number): void {
    if (lane === undefined) {
      this.isFull = true
      return
    }
    if (buries !== undefined) {
      this.burial = undefined
      this.suspects = new Map()
      return
    }
    const left = (this.suspects?.get(lane) ?? 0) - records
    if (left > 0) this.suspects?.set(lane, left)
    else this.suspects?.delete(lane)
  }

  /** Records can be told from each other only where they come again in the same order. */
  private everyone(): Map<number, number> {
    return new Map(this.intakes.flatMap(({ lane, receiver }) =>
      this.waiting(lane) > 0 && (receiver.position !== undefined || isJournalled(receiver))
        ? [[lane, this.waiting(lane)] as const]
        : []
    ))
  }

  private waiting(lane: number): number {
    return this.inbox.lanes[lane]?.shelf?.left().records ?? 0
  }

  private isClosed(lane: number): boolean {
    return this.intakes[lane]?.closed !== false
  }
}
