// @effect-diagnostics multipleEffectProvide:off -- each is made on what the next provides
/** The virtual clock of test runs, and what turns it. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import * as Pipeline from "../Pipeline.ts"
import type { PipelineError } from "../runtime/PipelineError.ts"
import { StateStore } from "../store/StateStore.ts"

/** A run that needs this many more intervals than it has batches is not going to end. */
const patience = 10_000

/** What a script calls when the process shall be gone: the run it belongs to never takes another step. */
export const Crash = Context.Reference<{ readonly now: Effect.Effect<never> }>("~@millrace/core/testing/Crash", {
  defaultValue: () => ({ now: Effect.die(new Error("ABORT needs a run of TestPipeline, which can let go of it")) })
})

/** A store whose snapshots have been JSON text: what does not survive that was not written down. */
export const jsonStore: Layer.Layer<StateStore> = Layer.effect(
  StateStore,
  Effect.map(StateStore, (store) =>
    StateStore.of({
      keeps: store.keeps,
      open: (operator, options) =>
        Effect.map(store.open(operator, options), (state) => ({
          ...state,
          save: (batch, snapshot) => state.save(batch, JSON.parse(JSON.stringify(snapshot)))
        }))
    }))
).pipe(Layer.provide(StateStore.layerMemory))

/**
 * Runs a pipeline and turns the clock for as long as it runs. A run that crashed is left where it was, unfinished and
 * uninterrupted: its finalizers never run, as when a process is killed.
 */
export const drive = <E, R>(
  pipeline: Pipeline.Pipeline<E, R>,
  options: { readonly batches?: number | undefined; readonly expected: number }
): Effect.Effect<"Ended" | "Aborted", PipelineError<E>, R> =>
  Effect.gen(function*() {
    let crashed = false
    const now = Effect.suspend(() => {
      crashed = true
      return Effect.never
    })
    const running = Effect.provideService(Pipeline.run(pipeline, { batches: options.batches }), Crash, { now })
    const fiber = yield* Effect.forkDetach(running, { startImmediately: true })
    const isOver = () => crashed || fiber.pollUnsafe() !== undefined
    const turning = Effect.gen(function*() {
      if (options.expected > 0 && !isOver()) {
        yield* TestClock.adjust(Duration.times(Duration.fromInputUnsafe(pipeline.batchInterval), options.expected))
      }
      for (let idle = 0; !isOver(); idle++) {
        if (idle > options.expected + patience) return yield* Effect.die(new Error("The pipeline did not end"))
        yield* TestClock.adjust(pipeline.batchInterval)
      }
    })
    yield* Effect.onInterrupt(turning, () => Fiber.interrupt(fiber))
    if (crashed) return "Aborted"
    yield* Fiber.join(fiber)
    return "Ended"
  })

/** Provides the clock, at 0, then the store, then the services of the test's own, all of them on that clock. */
export const onVirtualClock = <A, E, R, P>(
  effect: Effect.Effect<A, E, R>,
  store: Layer.Layer<StateStore>,
  layer: Layer.Layer<P> | undefined
): Effect.Effect<A, E, Exclude<Exclude<R, P>, StateStore>> =>
  effect.pipe(
    // Only what goes wrong is worth a line in the output of a test.
    Effect.provideService(References.MinimumLogLevel, "Warn"),
    // Without a layer nothing is provided, and `P` is `never`.
    Effect.provide(layer ?? (Layer.empty as Layer.Layer<P>)),
    Effect.provide(store),
    Effect.provide(TestClock.layer())
  )
