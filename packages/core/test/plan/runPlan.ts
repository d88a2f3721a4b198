/** A plan run by hand, without the runtime: stages over slots, for one batch. */
import * as Effect from "effect/Effect"
import { type Backend, makeKernel } from "../../src/kernel/makeKernel.ts"
import type { Plan, Stage } from "../../src/plan/Plan.ts"

export type Segments = ReadonlyArray<ReadonlyArray<unknown>>

export interface RunOptions {
  readonly backend: Backend
  /** How many items a loop gets at a time. */
  readonly slice: number
}

/** Made once, run for any number of batches; gives the items of every output. */
export const runPlan = (
  plan: Plan,
  options: RunOptions
): (received: (receiver: string) => Segments) => ReadonlyArray<ReadonlyArray<unknown>> => {
  const runners = plan.stages.map((stage) => runner(stage, options))
  return (received) => {
    const slots: Array<Segments> = []
    plan.stages.forEach((stage, index) => {
      assertOnce(slots, stage.slot)
      const segments = stage._tag === "Receive" ? received(stage.name) : runners[index]!(slots)
      slots[stage.slot] = Object.freeze(segments.map((segment) => Object.freeze([...segment])))
    })
    return plan.outputs.map(({ input }) => slots[input]!.flat())
  }
}

const assertOnce = (slots: ReadonlyArray<Segments>, slot: number) => {
  if (slots[slot] !== undefined) throw new Error(`slot ${slot} was written twice`)
}

const read = (slots: ReadonlyArray<Segments>, slot: number): Segments => {
  const segments = slots[slot]
  if (segments === undefined) throw new Error(`slot ${slot} was read before it was written`)
  return segments
}

const runner = (stage: Stage, { backend, slice }: RunOptions): (slots: ReadonlyArray<Segments>) => Segments => {
  switch (stage._tag) {
    case "Receive":
      return () => []
    case "Fused": {
      const kernel = makeKernel(stage.steps, stage.aggregation, stage.encode, backend)
      return (slots) => {
        const accumulator = kernel.begin()
        for (const segment of stage.inputs.flatMap((input) => read(slots, input))) {
          for (let from = 0; from < segment.length; from += slice) {
            kernel.run(segment, from, Math.min(from + slice, segment.length), accumulator)
          }
        }
        return [kernel.finish(accumulator)]
      }
    }
    case "Union":
      return (slots) => stage.inputs.flatMap((input) => read(slots, input))
    case "Batch":
      return (slots) => [stage.f(...stage.inputs.map((input) => read(slots, input).flat()), 1_000)]
    case "Recall":
      throw new Error("these plans do not remember")
    case "Effect":
      return (slots) => {
        const items = read(slots, stage.input).flat()
        return [Effect.runSync(stage.perItem ? Effect.forEach(items, stage.f) : stage.f(items, 1_000))] as Segments
      }
  }
}
