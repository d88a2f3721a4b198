/** One batch through the stages of a plan. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { effectOf, refused } from "../dstream/effectOf.ts"
import type { Plan, Stage } from "../plan/Plan.ts"
import type { Cut } from "./cut.ts"
import { fusedStage } from "./fusedStage.ts"
import type { Memories } from "./memories.ts"
import { type Observer, traced } from "./Observer.ts"
import { partitionsOf, slicesOf } from "./partitions.ts"
import { type BatchRef, PipelineError } from "./PipelineError.ts"
import type { StageRunner } from "./StageRunner.ts"
import { flatten, type Slots, Turn } from "./Turn.ts"

/** Runs a cut through every stage and gives the slots. Stages that need no effect run as one synchronous stretch. */
export const makeStepper = (
  plan: Plan,
  laneOf: ReadonlyMap<unknown, number>,
  memories: Memories,
  clock: Clock.Clock,
  observer: Observer
) => {
  const runners = plan.stages.map((stage) => ({
    name: stage.name,
    run: wherePresent(plan, stage, runnerOf(plan, stage, laneOf, memories))
  }))
  return (cut: Cut, startedAt: number): Effect.Effect<Slots, PipelineError<unknown>, any> =>
    Effect.suspend(() => {
      const slots: Slots = new Array(plan.slots)
      const turn = new Turn(clock, startedAt)
      let next = 0
      const advance = (): Effect.Effect<Slots, PipelineError<unknown>, any> => {
        while (next < runners.length) {
          const { name, run } = runners[next++]!
          const effect = observer.tracing
            ? traced(observer, `millrace.step ${name}`, Effect.suspend(() => run(slots, cut, turn) ?? Effect.void))
            : run(slots, cut, turn)
          if (effect !== undefined) return Effect.flatMap(effect, advance)
        }
        return Effect.succeed(slots)
      }
      return advance()
    })
}

/** A stage whose input speaks less often than the batches runs only when it does. */
const wherePresent = (plan: Plan, stage: Stage, run: StageRunner): StageRunner => {
  const input = stage._tag === "Receive"
    ? undefined
    : stage._tag === "Recall"
    ? stage.of
    : stage._tag === "Effect"
    ? stage.input
    : stage.inputs[0]
  if (input === undefined || plan.slides[input] === plan.settings.batchIntervalMillis) return run
  return (slots, cut, turn) => slots[input] === undefined ? undefined : run(slots, cut, turn)
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
  return (slots, cut) => {
    const items = flatten(slots[stage.input] ?? [], plan.settings)
    const results: Effect.Effect<unknown, unknown, any> = stage.perItem
      ? Effect.forEach(items, (item) => effectOf(f(item)), { concurrency: stage.concurrency })
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

const stepFailed = (plan: Plan, batch: BatchRef, stage: string, cause: Cause.Cause<unknown>): PipelineError<unknown> =>
  PipelineError.of(plan.pipeline, {
    _tag: "StepFailed",
    batch: { id: batch.id, time: batch.time },
    stage,
    step: stage,
    item: undefined,
    cause
  })
