/** Any receiver of files, read by hand: block by block, between positions, while somebody writes. */
import type { Receiver } from "@millrace/core"
import { recordsOf, throughJson } from "./records.ts"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

type AnyBlock = Receiver.Block<unknown, unknown>

/** Positions go through their codec and JSON, as they do in a checkpoint. */
const written = <A, E, R>({ position }: Receiver.Receiver<A, E, R>, value: unknown): unknown => throughJson(position!, value)

export interface Taken<A> {
  readonly records: ReadonlyArray<A>
  readonly position: unknown
}

const pullOf = <A, E>(receiver: Receiver.Receiver<A, E>, resumeAfter?: unknown) =>
  Effect.gen(function*() {
    const { source } = receiver
    if (source._tag !== "Stream") throw new Error("it is a stream")
    const from = resumeAfter === undefined ? Option.none() : Option.some(written(receiver, resumeAfter))
    return Effect.map(yield* Stream.toPull(yield* source.open(from)), ([block]): AnyBlock => block)
  })

/** A pull that gives records and where to go on after them. */
export const opened = <A, E>(receiver: Receiver.Receiver<A, E>, resumeAfter?: unknown) =>
  Effect.map(pullOf(receiver, resumeAfter), (pull) =>
    Effect.map(pull, (block): Taken<A> => ({ records: recordsOf(receiver, block.payload), position: block.resumeAfter })))

/** All that comes until there are so many records, the end, a failure, or nothing more for a while. */
export const readUntil = <A, E>(receiver: Receiver.Receiver<A, E>, most = Infinity, resumeAfter?: unknown) =>
  Effect.scoped(Effect.gen(function*() {
    const taken: Array<Taken<A>> = []
    let count = 0
    let error: E | undefined = undefined
    const all = Effect.gen(function*() {
      const pull = yield* opened(receiver, resumeAfter)
      while (count < most) {
        const next = yield* pull
        taken.push(next)
        count += next.records.length
      }
    })
    const exit = yield* Effect.exit(Effect.timeoutOption(all, "10 seconds"))
    if (Exit.isFailure(exit)) {
      const found = exit.cause.reasons.find(Cause.isFailReason)?.error
      if (!Cause.isDone(found)) error = found as E
    } else if (Option.isNone(exit.value)) throw new Error(`only ${count} of ${most} records came`)
    return { taken, records: taken.flatMap(({ records }) => records), error, position: taken.findLast((t) => t.position !== undefined)?.position }
  }))

export const reread = <A, E>(receiver: Receiver.Receiver<A, E>, after: unknown, until: unknown) =>
  Effect.scoped(Effect.map(
    receiver.reread!({
      after: after === undefined ? Option.none() : Option.some(written(receiver, after)),
      until: written(receiver, until)
    }),
    (payload) => recordsOf(receiver, payload)
  ))
