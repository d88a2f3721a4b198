/** One batch through the stages of a plan. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { effectOf, refused } from "../dstream/effectOf.ts"
import type { Plan, Stage } from "../plan/Plan.ts"
import type { Cut } from "./cut.ts"
import { fusedStage } from "./fusedStage.ts"
import { type Observer, traced } from "./Observer.ts"
import { type BatchRef, PipelineError } from "./PipelineError.ts"
import type { StageRunner } from "./StageRunner.ts"
import { flatten, type Slots, Turn } from "./Turn.ts"

/** Runs a cut through every stage and gives the slots. Stages that need no effect run as one synchronous stretch. */
export const makeStepper = (plan: Plan, laneOf: ReadonlyMap<unknown, number>, clock: Clock.Clock, observer: Observer) => {
  const runners = plan.stages.map((stage) => ({ name: stage.name, run: runnerOf(plan, stage, laneOf) }))
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

const runnerOf = (plan: Plan, stage: Stage, laneOf: ReadonlyMap<unknown, number>): StageRunner => {
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
        slots[stage.slot] = stage.inputs.flatMap((input) => slots[input] ?? [])
        return undefined
      }
    case "Fused":
      return fusedStage(plan, stage)
    case "Batch":
      return batchStage(plan, stage)
    case "Effect":
      return effectStage(plan, stage)
  }
}

const batchStage = (plan: Plan, stage: Extract<Stage, { readonly _tag: "Batch" }>): StageRunner => (slots, cut) => {
  try {
    const result: unknown = stage.f(...stage.inputs.map((input) => flatten(slots[input] ?? [], plan.settings)), cut.info.time)
    if (!Array.isArray(result)) throw new TypeError(`the function gave ${refused(result)} instead of an array`)
    slots[stage.slot] = [result]
    return undefined
  } catch (error) {
    return Effect.fail(stepFailed(plan, cut.info, stage.name, Cause.die(error)))
  }
}

const effectStage = (plan: Plan, stage: Extract<Stage, { readonly _tag: "Effect" }>): StageRunner => (slots, cut) => {
  const items = flatten(slots[stage.input] ?? [], plan.settings)
  const results: Effect.Effect<unknown, unknown, any> = stage.perItem
    ? Effect.forEach(items, (item) => effectOf(stage.f(item)), { concurrency: stage.concurrency })
    : Effect.suspend(() => effectOf(stage.f(items, cut.info.time)))
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

const stepFailed = (plan: Plan, batch: BatchRef, stage: string, cause: Cause.Cause<unknown>): PipelineError<unknown> =>
  PipelineError.of(plan.pipeline, {
    _tag: "StepFailed",
    batch: { id: batch.id, time: batch.time },
    stage,
    step: stage,
    item: undefined,
    cause
  })
