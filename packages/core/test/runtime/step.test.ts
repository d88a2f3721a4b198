import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Clock, Effect, Result, Schema } from "effect"
import { compile } from "../../src/plan/compile.ts"
import { makeStepper } from "../../src/runtime/step.ts"
import { partitionsOf } from "../../src/runtime/partitions.ts"
import type { DeadLetter } from "../../src/store/DeadLetter.ts"
import { meaningOf } from "../plan/oracle.ts"
import { pipelineOf, receivers } from "../plan/randomPipeline.ts"

const upTo = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))

const Genes = Arbitrary.array(upTo(99_999), { minLength: 4, maxLength: 32 })
const Items = Arbitrary.array(Arbitrary.schema(Schema.Literals(["wool", "w1 w1", "", "stone\nw2", "w"])), { maxLength: 9 })

/** Every look at it finds that so much time has gone by. */
const leaping = (millis: number): Clock.Clock => {
  let nanos = 0n
  return Object.create(Clock.Clock.defaultValue(), {
    monotonicTimeNanosUnsafe: { value: () => nanos += BigInt(millis * 1_000_000) }
  })
}

describe("the stages of a run", () => {
  it.effect.prop(
    "give what one array per operator gives, however often they yield",
    [Genes, Items, upTo(20)],
    ([genes, items, millis]) =>
      Effect.gen(function*() {
        const pipeline = pipelineOf(genes)
        const plan = Result.getOrThrow(compile(pipeline))
        const lanes = new Map(Object.values(receivers).map((receiver, lane) => [receiver, lane]))
        let dropped = 0
        const step = makeStepper(plan, lanes, new Map(), leaping(millis), { tracing: millis % 5 === 0 }, (trouble) => {
          for (const records of trouble.dropped.values()) dropped += records
        })
        const segments = Object.values(receivers).map(() => [items.slice(0, 3), [], items.slice(3)])
        const info = { id: 1, time: 1_000, records: items.length, missedBoundaries: 0, inputs: [] }
        const slots = yield* step({ info, dueAt: 0, segments, acknowledgements: [], ends: [] }, 0)
        const itemsOf = (slot: number) => partitionsOf(plan, slots, slot).flat()
        const outputs = plan.outputs.filter(({ input }) => input !== plan.deadLetters).map(({ input }) => itemsOf(input))
        const letters = plan.deadLetters === undefined ? [] : itemsOf(plan.deadLetters) as ReadonlyArray<DeadLetter>
        assert.deepStrictEqual(
          { outputs, buried: letters.map(({ payload = "" }) => payload).sort(), dropped },
          meaningOf(pipeline.outputs.map(({ node }) => node), () => items)
        )
      }),
    { arbitrary: { runs: 500, size: 60 } }
  )
})
