/** How the batches of a run live on: in this process alone, or in a checkpoint. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { guaranteeOf, isAtLeast } from "../plan/guarantee.ts"
import { InvalidPipeline } from "../plan/InvalidPipeline.ts"
import type { Plan } from "../plan/Plan.ts"
import { CheckpointStore, type Durability } from "../store/CheckpointStore.ts"
import type { Boundaries, Boundary } from "./Boundaries.ts"
import { type Cut, cut } from "./cut.ts"
import { type Deliverer, makeDeliverer } from "./deliver.ts"
import { openJournalled } from "./journalled.ts"
import { keepInStore } from "./keeping.ts"
import { makeMemories, type Memories, openAll, openByKey } from "./memories.ts"
import { PipelineError } from "./PipelineError.ts"
import { type Line, settleInMemory } from "./process.ts"
import type { Run } from "./RunContext.ts"
import { makeStepper } from "./step.ts"
import { tellTrouble } from "./tellTrouble.ts"
import { watched } from "./Watchdog.ts"

export interface Life {
  readonly line: Line
  /** Id of the first batch. */
  readonly nextBatch: number
  /** What was received becomes the next batch. */
  readonly nextCut: (id: number, boundary: Boundary) => Effect.Effect<Cut, PipelineError<unknown>>
  /** Runs beside the loop. Without a failure it ends after `end`. */
  readonly beside: Effect.Effect<void, PipelineError<unknown>, any>
  readonly end: Effect.Effect<void>
  /** After a clean end. */
  readonly release: Effect.Effect<void, PipelineError<unknown>, any>
  /** What a crash leaves, in words. */
  readonly promise: string
}

/** The epoch of a run that remembers nothing. */
const memoryOnlyEpoch = 1

/** What a sink knows of times further ahead than this is no batch of ours, or one of a clock that was wrong. */
const aheadMillis = 24 * 60 * 60 * 1000

/** Where nothing is known of the runs before but what they wrote. */
const startAfterSinks = (boundaries: Boundaries, lastTime: Deliverer["lastTime"]) =>
  Effect.map(
    Effect.suspend(() => lastTime(boundaries.now() + aheadMillis + boundaries.intervalMillis)),
    (time) => boundaries.startAfter(time)
  )

/** Opens the sinks and whatever remembers, in the scope of the run. */
export const openLife = Effect.fnUntraced(function*(self: Run) {
  const { boundaries, clock, intakes, observer, plan } = self
  const store = Context.getOption(yield* Effect.context<never>(), CheckpointStore)
  const { keeps, states } = Option.isNone(store)
    ? yield* openAll(plan)
    : { keeps: "runs" as const, states: yield* openByKey(plan) }
  const memories = makeMemories(plan, states)
  const laneOf = new Map<unknown, number>(intakes.map((intake) => [intake.receiver, intake.lane]))
  const stepper = (each: Memories, of: Plan = plan) => makeStepper(of, laneOf, each, clock, observer, tellTrouble(observer))
  const watch = (step: Line["step"]) => watched(plan.pipeline, plan.settings, step)
  const lineOf = (step: Line["step"], settle: Line["settle"], isJournalled: boolean): Line => ({
    observer,
    boundaries,
    intakes,
    status: self.status,
    memories,
    kept: self.kept,
    step,
    settle,
    isJournalled
  })
  observer.metrics.durable(Option.isSome(store) ? store.value.durability : "none")
  const promised = yield* promise(plan, Option.map(store, ({ durability }) => durability))
  if (Option.isSome(store)) {
    const journalled = yield* openJournalled(self, store.value, memories, states, stepper, () => line)
    const line: Line = lineOf(yield* watch(stepper(memories, journalled.plan)), journalled.settle, true)
    if (journalled.lastTime > 0) boundaries.resumeAfter(journalled.lastTime)
    else yield* startAfterSinks(boundaries, journalled.sinkTime)
    const life: Life = {
      ...journalled,
      line,
      promise: `Its checkpoint is in ${store.value.path} (durability: ${store.value.durability}). ${promised}`
    }
    return life
  }
  const keeping = yield* keepInStore(plan, memories, states, keeps)
  const deliverer = yield* makeDeliverer(plan, memoryOnlyEpoch, Infinity, clock, observer)
  yield* startAfterSinks(boundaries, deliverer.lastTime)
  const line: Line = lineOf(yield* watch(stepper(memories)), settleInMemory(deliverer.deliver, keeping, () => line), false)
  const life: Life = {
    line,
    nextCut: (id, boundary) => Effect.sync(() => cut(id, boundary, intakes, self.inbox)),
    // A sink that knows batch ids, or a store, would take the ids of this run for repeats.
    nextBatch: 1 + Math.max(keeping.lastBatch, ...deliverer.outputs.map(({ lastCommitted }) => lastCommitted ?? 0)),
    beside: Effect.void,
    end: Effect.void,
    release: Effect.void,
    promise: keeps === "runs" || states.size === 0
      ? promised
      : `Its state is as the last delivered batch left it; what is in flight is not remembered. ${promised}`
  }
  return life
})

/** What is promised, in words. Fails where the pipeline asks for more. */
const promise = (plan: Plan, durability: Option.Option<Durability>): Effect.Effect<string, PipelineError<unknown>> => {
  const { guarantee, weaknesses } = guaranteeOf(plan, Option.getOrUndefined(durability))
  const wanted = plan.settings.guarantee
  if (wanted !== undefined && !isAtLeast(guarantee, wanted)) {
    const because = weaknesses.filter((weakness) => !isAtLeast(weakness.guarantee, wanted))
    const problem = { _tag: "GuaranteeTooWeak" as const, wanted, promised: guarantee, because }
    return Effect.fail(PipelineError.of(plan.pipeline, new InvalidPipeline({ pipeline: plan.pipeline, problems: [problem] })))
  }
  const reasons = weaknesses.map(({ of, why }) => `${of}: ${why}`).join("; ")
  return Effect.succeed(`Guarantee: ${guarantee}${reasons === "" ? "" : ` (${reasons})`}`)
}
