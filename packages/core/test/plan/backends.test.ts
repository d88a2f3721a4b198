import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { compile } from "../../src/plan/compile.ts"
import { meaningOf } from "./oracle.ts"
import { pipelineOf } from "./randomPipeline.ts"
import { meaningOfRun, type Segments } from "./runPlan.ts"

const upTo = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))

const Genes = Arbitrary.array(upTo(99_999), { minLength: 4, maxLength: 32 })
const Word = Arbitrary.schema(Schema.Literals(["wool", "w1 w1", "", "stone\nw2", "w", "a b  c", "\n", "ö w10"]))
const Batches = Arbitrary.array(Arbitrary.array(Word, { maxLength: 9 }), { minLength: 1, maxLength: 3 })

/** Cuts items into segments of `size`, an empty one among them. */
const segmentsOf = (items: ReadonlyArray<string>, size: number): Segments => {
  const segments: Array<ReadonlyArray<string>> = [[]]
  for (let from = 0; from < items.length; from += size) segments.push(items.slice(from, from + size))
  return segments
}

describe("fused stages", () => {
  it.prop(
    "give what one array per operator gives, in both back ends and however the batch is cut",
    [Genes, Batches, upTo(5), upTo(5)],
    ([genes, batches, segment, slice]) => {
      const pipeline = pipelineOf(genes)
      const plan = Result.getOrThrow(compile(pipeline))
      const generated = meaningOfRun(plan, { backend: "generated", slice: slice + 1 })
      const closures = meaningOfRun(plan, { backend: "closures", slice: 6 - slice })
      for (const items of batches) {
        const expected = meaningOf(pipeline.outputs.map(({ node }) => node), () => items)
        assert.deepStrictEqual(generated(() => segmentsOf(items, segment + 1)), expected)
        assert.deepStrictEqual(closures(() => segmentsOf(items, 6 - segment)), expected)
      }
    },
    { arbitrary: { runs: 1_500, size: 60 } }
  )
})
