/** Blocks out of promises: what is ready is taken together, because a block for each record costs more than the record. */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Block } from "../Receiver.ts"
import { block, estimateBytes } from "./blocks.ts"

const maxRecords = 1024
const maxBytes = 256 * 1024

/** How many turns of the promise queue a further record may take to be called ready. */
const readyTurns = 8

/**
 * Reads one record after the other, and as many as are ready at once. The last read may be left waiting for the next
 * block: one record is asked for ahead, and nothing is read before the first `take`. What an interrupted `take` was
 * reading is given by the next one.
 */
export class Gatherer<A> {
  private readonly next: () => Promise<IteratorResult<A>>
  private reading: Promise<IteratorResult<A>> | undefined = undefined
  private taking: Promise<ReadonlyArray<A>> | undefined = undefined
  private closed = false

  constructor(next: () => Promise<IteratorResult<A>>) {
    this.next = next
  }

  /** Whether a read was begun and has not given anything yet. */
  get waiting(): boolean {
    return this.reading !== undefined
  }

  close(): void {
    this.closed = true
  }

  /** The records of the next block; none at the end. */
  take(): Promise<ReadonlyArray<A>> {
    return this.taking ??= this.gather()
  }

  /** Called when what `take` gave has arrived. */
  taken(): void {
    this.taking = undefined
  }

  private async gather(): Promise<ReadonlyArray<A>> {
    const items: Array<A> = []
    let bytes = 0
    while (items.length < maxRecords && bytes < maxBytes && !this.closed) {
      const reading = this.reading ??= this.next()
      if (items.length > 0 && !(await isReady(reading))) break
      const result = await reading
      if (result.done === true) break
      this.reading = undefined
      items.push(result.value)
      bytes += estimateBytes([result.value])
    }
    return items
  }
}

/** Whether a promise gives a record within a few turns. One that ends or fails is left to the next block. */
const isReady = async <A>(reading: Promise<IteratorResult<A>>): Promise<boolean> => {
  const seen: { settled: boolean; record: boolean } = { settled: false, record: false }
  reading.then((result) => {
    seen.settled = true
    seen.record = result.done !== true
  }, () => {
    seen.settled = true
  })
  for (let turn = 0; turn < readyTurns && !seen.settled; turn++) await undefined
  return seen.record
}

/** The stream of a gatherer's blocks. A read that fails fails it, after what was read before. */
export const toStream = <A, E>(gatherer: Gatherer<A>, onError: (cause: unknown) => E): Stream.Stream<Block<A>, E> =>
  Stream.fromPull(Effect.succeed(
    Effect.flatMap(
      Effect.tryPromise({ try: () => gatherer.take(), catch: onError }),
      (items) => {
        gatherer.taken()
        return items.length === 0 ? Cause.done() : Effect.succeed(Arr.of(block(items)))
      }
    )
  ))
