/** A plan run by hand, without the runtime: stages over slots, for one batch. */
import * as Effect from "effect/Effect"
import { type Backend, makeKernel } from "../../src/kernel/makeKernel.ts"
import type { Refused } from "../../src/kernel/Refused.ts"
import type { AnyFunction, OnError } from "../../src/kernel/Step.ts"
import type { Plan, Stage } from "../../src/plan/Plan.ts"
import type { Meaning } from "./oracle.ts"
import { slicesOf } from "../../src/runtime/partitions.ts"

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
  const run = meaningOfRun(plan, options)
  return (received) => run(received).outputs
}

/** As `runPlan`, with what steps could not take. */
export const meaningOfRun = (plan: Plan, options: RunOptions): (received: (receiver: string) => Segments) => Meaning => {
  let buried: Array<string> = []
  let dropped = 0
  const refused: Refused = {
    drop: () => void dropped++,
    bury: (_step, item) => void buried.push(JSON.stringify(item))
  }
  const runners = plan.stages.map((stage) => runner(plan, stage, options, refused))
  return (received) => {
    buried = []
    dropped = 0
    const slots: Array<Segments> = []
    plan.stages.forEach((stage, index) => {
      assertOnce(slots, stage.slot)
      const segments = stage._tag === "Receive" ? received(stage.name) : runners[index]!(slots)
      slots[stage.slot] = Object.freeze(segments.map((segment) => Object.freeze([...segment])))
    })
    const outputs = plan.outputs.filter(({ input }) => input !== plan.deadLetters).map(({ input }) => slots[input]!.flat())
    return { outputs, buried: buried.sort(), dropped }
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

/** A slot of one partition may hold it in several segments. */
const partitionsIn = (plan: Plan, slots: ReadonlyArray<Segments>, slot: number): Segments =>
  plan.partitions[slot] === 1 ? [read(slots, slot).flat()] : read(slots, slot)

const runner = (
  plan: Plan,
  stage: Stage,
  { backend, slice }: RunOptions,
  refused: Refused
): (slots: ReadonlyArray<Segments>) => Segments => {
  switch (stage._tag) {
    case "Receive":
      return () => []
    case "Fused": {
      const kernel = makeKernel(stage.steps, stage.aggregation, stage.encode, backend)
      const loop = (segments: Segments) => {
        const accumulator = kernel.begin(undefined, refused)
        for (const segment of segments) {
          for (let from = 0; from < segment.length; from += slice) {
            kernel.run(segment, from, Math.min(from + slice, segment.length), accumulator)
          }
        }
        return kernel.finish(accumulator)
      }
      return plan.partitions[stage.slot] === 1
        ? (slots) => [loop(stage.inputs.flatMap((input) => read(slots, input)))]
        : (slots) => stage.inputs.flatMap((input) => partitionsIn(plan, slots, input)).map((items) => loop([items]))
    }
    case "Union":
      return plan.partitions[stage.slot] === 1
        ? (slots) => stage.inputs.flatMap((input) => read(slots, input))
        : (slots) => stage.inputs.flatMap((input) => partitionsIn(plan, slots, input))
    case "Batch":
      return (slots) => {
        if (stage.partitions === "each") {
          return partitionsIn(plan, slots, stage.inputs[0]!).map((items) => stage.f(items, 1_000))
        }
        const items = stage.f(...stage.inputs.map((input) => read(slots, input).flat()), 1_000)
        return slicesOf(items, stage.partitions ?? 1)
      }
    case "Recall":
      throw new Error("these plans do not remember")
    case "Effect": {
      const f = stage.perRun ? stage.f() : stage.f
      return (slots) => {
        const items = read(slots, stage.input).flat()
        return [stage.perItem ? eachOf(f, stage.onError, items, refused) : Effect.runSync(f(items, 1_000))] as Segments
      }
    }
  }
}

const eachOf = (f: AnyFunction, onError: OnError | undefined, items: ReadonlyArray<unknown>, refused: Refused) =>
  items.flatMap((item) => {
    try {
      return [Effect.runSync(f(item))]
    } catch (error) {
      if (onError === undefined) throw error
      if (onError === "drop") refused.drop(0)
      else refused.bury(0, item, error)
      return []
    }
  })
