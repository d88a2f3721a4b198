/** Pipelines over a receiver that never ends by itself: run until their sink has what it should. */
import { BatchSink, DStream, Pipeline, type Receiver } from "@millrace/core"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

export class Full extends Data.TaggedError("Full")<{}> {
  readonly isRetryable = false
}

type Commit<A> = (items: ReadonlyArray<A>) => Effect.Effect<unknown, Full>

export const pipelineOf = <A, E, R>(
  name: string,
  receiver: Receiver.Receiver<A, E, R>,
  commit: Commit<A>,
  settings: Pick<Pipeline.Options, "outbox" | "buffer"> = {}
) => {
  const output = DStream.to(DStream.fromReceiver(receiver), "kept", BatchSink.make(({ items }) => commit(items)))
  return Pipeline.make(name, { batchInterval: "10 millis", ...settings, outputs: [output] })
}

/** Waits for a condition, and fails the test where it does not come. */
export const until = Effect.fnUntraced(function*(what: string, isSo: () => boolean, millis = 20_000) {
  for (const deadline = Date.now() + millis; !isSo();) {
    if (Date.now() > deadline) throw new Error(`it did not come in time: ${what}`)
    yield* Effect.sleep("5 millis")
  }
})

/** Ends as a killed process does not: but what matters is durable, or is not. Gives how often the run ended before. */
export const legs = Effect.fnUntraced(function*<R>(run: Effect.Effect<unknown, unknown, R>, isDone: () => boolean) {
  for (let failed = 0;; failed++) {
    if (failed > 200) throw new Error("it does not get to its end")
    const exit = yield* Effect.raceFirst(Effect.exit(run), Effect.as(until("the end", isDone), Exit.void))
    if (Exit.isSuccess(exit) && isDone()) return failed
  }
})
