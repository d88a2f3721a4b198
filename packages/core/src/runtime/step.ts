/** One batch through the stages of a plan. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { effectOf, refused } from "../dstream/effectOf.ts"
import { inputsOf } from "../plan/inputs.ts"
import type { AnyFunction, OnError } from "../kernel/Step.ts"
import type { Plan, Stage } from "../plan/Plan.ts"
import type { Cut } from "./cut.ts"
import { fusedStage } from "./fusedStage.ts"
import type { Memories } from "./memories.ts"
import { type Observer, traced } from "./Observer.ts"
import { partitionsOf, slicesOf } from "./partitions.ts"
import { type BatchRef, PipelineError } from "./PipelineError.ts"
import type { StageEffect, StageRunner } from "./StageRunner.ts"
import { positionAfter } from "./positionAfter.ts"
import { ProcessEnded, Trouble } from "./Trouble.ts"
import { flatten, type Slots, Turn } from "./Turn.ts"

/** The slots of a batch that is through; what its stages need the pipeline's type has told. */
type Stepped = Effect.Effect<Slots, PipelineError<unknown>, any>

/**
 * Runs a cut through every stage and gives the slots. Stages that need no effect run as one synchronous stretch, which
 * yields the thread between two of them when its turn is over.
 */
export const makeStepper = (
  plan: Plan,
  laneOf: ReadonlyMap<unknown, number>,
  memories: Memories,
  clock: Clock.Clock,
  observer: Pick<Observer, "tracing">,
  /** Told of each batch in which a step could not take something. */
  onTrouble: (trouble: Trouble) => void = () => {}
) => {
  const runners = plan.stages.map((stage) => ({
    name: stage.name,
    run: wherePresent(plan, stage, runnerOf(plan, stage, laneOf, memories))
  }))
  return (cut: Cut, startedAt: number): Stepped =>
    Effect.suspend(() => {
      const slots: Slots = new Array(plan.slots)
      const turn = new Turn(clock, startedAt)
      const trouble = new Trouble(plan.pipeline, cut.info, (receiver) => positionAfter(plan, cut, receiver))
      for (const { item, receiver } of cut.buried ?? []) trouble.bury("crash", receiver, item, new ProcessEnded())
      let next = 0
      const finished = (): Slots => {
        if (plan.deadLetters !== undefined) slots[plan.deadLetters] = [trouble.letters]
        if (!trouble.isNone) onTrouble(trouble)
        return slots
      }
      const advance = (): Stepped => {
        while (!turn.isOver(turn.now())) {
          if (next === runners.length) return Effect.succeed(finished())
          const effect = runNext()
          if (effect !== undefined) return Effect.flatMap(effect, advance)
        }
        return Effect.flatMap(Effect.yieldNow, afterYield)
      }
      /** One stage at least: a clock that leaps must not keep it yielding. */
      const afterYield = (): Stepped => {
        turn.restart()
        if (next === runners.length) return Effect.succeed(finished())
        const effect = runNext()
        return effect === undefined ? advance() : Effect.flatMap(effect, advance)
      }
      const runNext = (): StageEffect | undefined => {
        const { name, run } = runners[next++]!
        return observer.tracing
          ? traced(observer, `millrace.step ${name}`, Effect.suspend(() => run(slots, cut, turn, trouble) ?? Effect.void))
          : run(slots, cut, turn, trouble)
      }
      return advance()
    })
}

/** A stage whose input speaks less often than the batches runs only when it does. */
const wherePresent = (plan: Plan, stage: Stage, run: StageRunner): StageRunner => {
  const input = inputsOf(stage)[0]
  if (input === undefined || plan.slides[input] === plan.settings.batchIntervalMillis) return run
  return (slots, cut, turn, trouble) => slots[input] === undefined ? undefined : run(slots, cut, turn, trouble)
}

const runnerOf = (
  plan: Plan,
  stage: Stage,
  laneOf: ReadonlyMap<unknown, number>,
  memories: Memories
): StageRunner => {
  switch (stage._tag) {
    case "Receive": {
      const lane = laneOf.get(stage.receiver) ?? 0
      return (slots, cut) => {
        slots[stage.slot] = cut.segments[lane] ?? []
        return undefined
      }
    }
    case "Union":
      return (slots) => {
        slots[stage.slot] = (plan.partitions[stage.slot] ?? 1) > 1
          ? stage.inputs.flatMap((input) => partitionsOf(plan, slots, input))
          : stage.inputs.flatMap((input) => slots[input] ?? [])
        return undefined
      }
    case "Fused":
      return fusedStage(plan, stage, memories.get(stage.slot))
    case "Recall":
      return (slots) => {
        slots[stage.slot] = [memories.get(stage.of)?.recall?.() ?? []]
        return undefined
      }
    case "Batch":
      return batchStage(plan, stage)
    case "Effect":
      return effectStage(plan, stage)
  }
}

const batchStage = (plan: Plan, stage: Extract<Stage, { readonly _tag: "Batch" }>): StageRunner => {
  const { f, inputs, partitions, slot } = stage
  const run = (time: number, ...items: ReadonlyArray<ReadonlyArray<unknown>>): ReadonlyArray<unknown> => {
    const result: unknown = f(...items, time)
    if (!Array.isArray(result)) throw new TypeError(`the function gave ${refused(result)} instead of an array`)
    return result
  }
  return (slots, cut) => {
    const { time } = cut.info
    try {
      if (partitions === "each") {
        slots[slot] = partitionsOf(plan, slots, inputs[0] ?? 0).map((items) => run(time, items))
      } else {
        const result = run(time, ...inputs.map((input) => flatten(slots[input] ?? [], plan.settings)))
        slots[slot] = partitions === undefined ? [result] : slicesOf(result, partitions)
      }
      return undefined
    } catch (error) {
      return Effect.fail(stepFailed(plan, cut.info, stage.name, Cause.die(error)))
    }
  }
}

const effectStage = (plan: Plan, stage: Extract<Stage, { readonly _tag: "Effect" }>): StageRunner => {
  const f = stage.perRun ? stage.f() : stage.f
  return (slots, cut, _turn, trouble) => {
    const items = flatten(slots[stage.input] ?? [], plan.settings)
    const results: Effect.Effect<unknown, unknown, any> = stage.perItem
      ? stage.onError === undefined
        ? Effect.forEach(items, (item) => effectOf(f(item)), { concurrency: stage.concurrency })
        : guarded(stage, stage.onError, f, items, trouble)
      : Effect.suspend(() => effectOf(f(items, cut.info.time)))
    return results.pipe(
      Effect.flatMap((result) =>
        Array.isArray(result)
          ? Effect.succeed(result)
          : Effect.die(new TypeError(`the effect gave ${refused(result)} instead of an array`))
      ),
      Effect.map((result) => {
        slots[stage.slot] = [result]
      }),
      Effect.catchCause((cause) => Effect.fail(stepFailed(plan, cut.info, stage.name, cause)))
    )
  }
}

/** What an effect came to that failed. */
class Failed {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

/** Items whose effects fail are left out, in the order of the items, whichever failed first. */
const guarded = (
  stage: Extract<Stage, { readonly _tag: "Effect" }>,
  onError: OnError,
  f: AnyFunction,
  items: ReadonlyArray<unknown>,
  trouble: Trouble
): Effect.Effect<ReadonlyArray<unknown>, unknown, any> => {
  const one = (item: unknown): Effect.Effect<unknown, unknown, any> =>
    Effect.catchCause(Effect.suspend(() => effectOf(f(item))), (cause) =>
      Cause.hasInterrupts(cause) ? Effect.failCause(cause) : Effect.succeed(new Failed(Cause.squash(cause))))
  return Effect.map(Effect.forEach(items, one, { concurrency: stage.concurrency }), (results) =>
    results.filter((result, index) => {
      if (!(result instanceof Failed)) return true
      if (onError === "drop") trouble.drop(stage.name)
      else trouble.bury("step", stage.name, items[index], result.cause)
      return false
    }))
}

const stepFailed = (plan: Plan, batch: BatchRef, stage: string, cause: Cause.Cause<unknown>): PipelineError<unknown> =>
  PipelineError.of(plan.pipeline, {
    _tag: "StepFailed",
    batch: { id: batch.id, time: batch.time },
    stage,
    step: stage,
    item: undefined,
    cause
  })
