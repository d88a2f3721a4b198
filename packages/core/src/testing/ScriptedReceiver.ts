/**
 * A receiver that plays a script, batch by batch: records, pauses, errors, a crash, an end.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Receiver from "../Receiver.ts"
import { Crash } from "./virtual.ts"

/**
 * A step of a script. A list of records is what one batch gets.
 *
 * @category models
 * @since 0.1.0
 */
export type Step<A, E = never> =
  | ReadonlyArray<A>
  | Marker
  | Failure<E>

/**
 * What happens instead of records.
 *
 * @category models
 * @since 0.1.0
 */
export interface Marker {
  readonly _tag: "EOF" | "ABORT" | "PAUSE"
}

/**
 * An error that the receiver fails with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure<out E> {
  readonly _tag: "Failure"
  readonly error: E
}

/**
 * The receiver ends here. The next run goes on behind it.
 *
 * @category steps
 * @since 0.1.0
 */
export const EOF: Marker = { _tag: "EOF" }

/**
 * The process is gone: the run is let go of as it stands, with nothing drained, saved or released. Only runs of
 * `TestPipeline` can do that; elsewhere the receiver dies.
 *
 * @category steps
 * @since 0.1.0
 */
export const ABORT: Marker = { _tag: "ABORT" }

/**
 * One batch gets nothing.
 *
 * @category steps
 * @since 0.1.0
 */
export const PAUSE: Marker = { _tag: "PAUSE" }

/**
 * The receiver fails, once; its batch gets nothing, and when it is opened again it goes on behind the failure.
 *
 * @category steps
 * @since 0.1.0
 */
export const fail = <E>(error: E): Failure<E> => ({ _tag: "Failure", error })

/**
 * The receiver and what happened to it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedReceiver<out A, out E = never> {
  readonly receiver: Receiver.Receiver<A, E>
  /** The position that each opening was asked to resume after. */
  readonly opened: Effect.Effect<ReadonlyArray<Option.Option<number>>>
  /** How many openings are over. */
  readonly closed: Effect.Effect<number>
  /** The positions that were acknowledged: how many steps lie before them. */
  readonly acknowledged: Effect.Effect<ReadonlyArray<number>>
}

/**
 * Makes one. `EOF`, `ABORT` and failures happen once; what an opening begins with is as the delivery class says.
 * `Acknowledged` (the default): the first step that was not acknowledged. `Replayable`: the position it is asked for,
 * or the beginning. `Unreplayable`: where it was.
 *
 * ```ts import.meta.vitest
 * import { DStream, Pipeline } from "@millrace/core"
 * import { ABORT, PAUSE, RecordingSink, ScriptedReceiver, TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const input = yield* ScriptedReceiver.make({ name: "words" }, [["to"], PAUSE, ["be"], ABORT, ["or"]])
 *   const output = yield* RecordingSink.make<string>({ commitClass: "AtLeastOnce" })
 *   const pipeline = Pipeline.make("words", {
 *     batchInterval: "1 second",
 *     outputs: [DStream.to(DStream.fromReceiver(input.receiver), "output", output.sink)]
 *   })
 *   const first = yield* TestPipeline.drive(pipeline)
 *   const second = yield* TestPipeline.drive(pipeline)
 *   return [first, second, (yield* output.batches).map((batch) => batch.items)]
 * })
 * await Effect.runPromise(TestPipeline.virtually(program)) // => ["Aborted", "Ended", [["to"], [], ["be"], ["or"]]]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A, E = never>(
  options: Receiver.Options & { readonly delivery?: Receiver.Delivery | undefined },
  script: ReadonlyArray<Step<A, E>>
): Effect.Effect<ScriptedReceiver<A, E>> =>
  Effect.sync(() => {
    const { delivery = "Acknowledged", ...rest } = options
    const player = new Player(script, delivery)
    const receiver = Receiver.perBatch<A, A, number, E, Scope.Scope>({
      initialRate: Infinity,
      ...rest,
      delivery,
      position: delivery === "Replayable" ? Schema.Int : undefined,
      open: (resumeAfter: Option.Option<number>) =>
        Effect.acquireRelease(
          Effect.sync(() => player.open(resumeAfter)),
          () => Effect.sync(() => void player.closed++)
        )
    })
    return {
      receiver,
      opened: Effect.sync(() => [...player.opened]),
      closed: Effect.sync(() => player.closed),
      acknowledged: Effect.sync(() => [...player.acknowledged])
    }
  })

class Player<A, E> {
  readonly opened: Array<Option.Option<number>> = []
  readonly acknowledged: Array<number> = []
  closed = 0
  private next = 0
  private readonly happened = new Set<number>()
  private readonly script: ReadonlyArray<Step<A, E>>
  private readonly delivery: Receiver.Delivery

  constructor(script: ReadonlyArray<Step<A, E>>, delivery: Receiver.Delivery) {
    this.script = script
    this.delivery = delivery
  }

  open(resumeAfter: Option.Option<number>) {
    this.opened.push(resumeAfter)
    if (this.delivery === "Replayable") this.next = Option.getOrElse(resumeAfter, () => 0)
    if (this.delivery === "Acknowledged") this.next = Math.max(0, ...this.acknowledged)
    return () => Effect.suspend(() => this.play())
  }

  private play(): Effect.Effect<Option.Option<Receiver.Block<A, number>>, E> {
    while (this.happened.has(this.next)) this.next++
    const place = this.next++
    const step = this.script[place]
    if (step === undefined) return Effect.succeedNone
    if ("length" in step) return Effect.succeedSome(this.block(step))
    if (step._tag === "PAUSE") return Effect.succeedSome(this.block([]))
    this.happened.add(place)
    switch (step._tag) {
      case "EOF":
        return Effect.succeedNone
      case "Failure":
        return Effect.fail(step.error)
      case "ABORT":
        return Effect.flatMap(Crash, (crash) => crash.now)
    }
  }

  private block(payload: ReadonlyArray<A>): Receiver.Block<A, number> {
    const position = this.next
    const acknowledge = Effect.sync(() => void this.acknowledged.push(position))
    return {
      payload,
      records: payload.length,
      bytes: 0,
      resumeAfter: this.delivery === "Replayable" ? position : undefined,
      acknowledge: this.delivery === "Acknowledged" ? acknowledge : undefined
    }
  }
}
