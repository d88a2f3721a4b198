import { assert, describe, it } from "@effect/vitest"
import type { Aggregation } from "../../src/kernel/Step.ts"
import { backends, kernelOf, runKernel } from "./runKernel.ts"

const join = (left: unknown, right: unknown) => `${left}${right}`
const pairs = [["b", 1], ["a", 2], ["b", 3]]

interface Row {
  readonly aggregation: Aggregation
  readonly items: ReadonlyArray<unknown>
  readonly expected: ReadonlyArray<unknown>
  readonly empty: ReadonlyArray<unknown>
}

const rows: ReadonlyArray<Row> = [
  { aggregation: { op: "collect" }, items: [2, 1], expected: [2, 1], empty: [] },
  { aggregation: { op: "count" }, items: ["a", undefined], expected: [2], empty: [0] },
  { aggregation: { op: "countByValue" }, items: ["b", "a", "b"], expected: [["b", 2], ["a", 1]], empty: [] },
  { aggregation: { op: "reduce", f: join }, items: ["a", "b", "c"], expected: ["abc"], empty: [] },
  { aggregation: { op: "reduce", f: join }, items: [undefined, "b"], expected: ["undefinedb"], empty: [] },
  { aggregation: { op: "reduce", f: join }, items: [undefined], expected: [undefined], empty: [] },
  { aggregation: { op: "groupByKey" }, items: pairs, expected: [["b", [1, 3]], ["a", [2]]], empty: [] },
  { aggregation: { op: "reduceByKey", f: join }, items: pairs, expected: [["b", "13"], ["a", 2]], empty: [] },
  {
    aggregation: { op: "reduceByKey", f: () => undefined },
    items: pairs,
    expected: [["b", undefined], ["a", 2]],
    empty: []
  },
  {
    aggregation: {
      op: "combineByKey",
      createCombiner: (value) => ({ value }),
      mergeValue: (c, value) => ({ c, value })
    },
    items: pairs,
    expected: [["b", { c: { value: 1 }, value: 3 }], ["a", { value: 2 }]],
    empty: []
  }
]

for (const backend of backends) {
  describe(`aggregations, ${backend}`, () => {
    rows.forEach(({ aggregation, empty, expected, items }, index) => {
      const kernel = kernelOf({ aggregation }, backend)
      const title = `${index + 1}. ${aggregation.op}`

      it(title, () => assert.deepStrictEqual(runKernel(kernel, items), expected))

      it(`${title} of an empty batch`, () => assert.deepStrictEqual(runKernel(kernel, []), empty))

      it(`${title} over slices of several segments`, () => {
        const accumulator = kernel.begin()
        for (const item of items) kernel.run([item], 0, 1, accumulator)
        assert.deepStrictEqual(kernel.finish(accumulator), expected)
      })

      it(`${title} of two batches at once`, () => {
        const [one, other] = [kernel.begin(), kernel.begin()]
        items.forEach((_, place) => {
          kernel.run(items, place, place + 1, one)
          if (place === 0) kernel.run(items, 0, 1, other)
        })
        assert.deepStrictEqual(kernel.finish(one), expected)
        assert.deepStrictEqual(kernel.finish(other), runKernel(kernel, items.slice(0, 1)))
      })
    })

    it("chains end in any of them", () => {
      const steps = [
        { op: "split", separator: " " },
        { op: "keyBy", f: (word: string) => word, encode: undefined },
        { op: "mapValues", f: () => 1 }
      ] as const
      const add = (left: number, right: number) => left + right
      const kernel = kernelOf({ steps, aggregation: { op: "reduceByKey", f: add } }, backend)
      assert.deepStrictEqual(runKernel(kernel, ["a b a", "b a"]), [["a", 3], ["b", 2]])
      assert.deepStrictEqual(runKernel(kernelOf({ steps, aggregation: { op: "count" } }, backend), ["a b a", ""]), [4])
      const reduce = { op: "reduce", f: (a, b) => [a[0] + b[0], a[1] + b[1]] } satisfies Aggregation
      assert.deepStrictEqual(runKernel(kernelOf({ steps, aggregation: reduce }, backend), ["a b"]), [["ab", 2]])
    })
  })
}
