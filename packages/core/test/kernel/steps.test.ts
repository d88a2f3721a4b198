import { assert, describe, it } from "@effect/vitest"
import type { Step } from "../../src/kernel/Step.ts"
import { backends, kernelOf, runKernel } from "./runKernel.ts"

interface Row {
  readonly title: string
  readonly steps: ReadonlyArray<Step>
  readonly items: ReadonlyArray<unknown>
  readonly expected: ReadonlyArray<unknown>
}

const double: Step = { op: "map", f: (n: number) => n * 2 }
const odd: Step = { op: "filter", f: (n: number) => n % 2 === 1 }
const initial: Step = { op: "keyBy", f: (word: string) => word[0], encode: undefined }
const lengths: Step = { op: "mapValues", f: (word: string) => word.length }
const letters: Step = { op: "flatMapValues", f: (word: string) => [...word] }
const swap: Step = { op: "map", f: ([key, value]: [unknown, unknown]) => [value, key] }

const rows: ReadonlyArray<Row> = [
  { title: "no steps", steps: [], items: [1, undefined, null], expected: [1, undefined, null] },
  { title: "map", steps: [double, double], items: [1, 2], expected: [4, 8] },
  { title: "map to undefined", steps: [{ op: "map", f: () => undefined }], items: [1], expected: [undefined] },
  { title: "filter", steps: [odd], items: [1, 2, 3], expected: [1, 3] },
  {
    title: "filter takes any truthy value",
    steps: [{ op: "filter", f: (x) => x }],
    items: ["", "a", 0, NaN, 1],
    expected: ["a", 1]
  },
  {
    title: "flatMap of arrays",
    steps: [{ op: "flatMap", f: (n: number) => Array(n).fill(n) }],
    items: [0, 1, 2],
    expected: [1, 2, 2]
  },
  {
    title: "flatMap of a generator",
    steps: [{ op: "flatMap", f: function*(n: number) { yield n; yield n + 1 } }],
    items: [1, 5],
    expected: [1, 2, 5, 6]
  },
  { title: "flatMap of a set", steps: [{ op: "flatMap", f: () => new Set([1, 1, 2]) }], items: [0], expected: [1, 2] },
  {
    title: "flatMap of text gives its characters",
    steps: [{ op: "flatMap", f: (x) => x }],
    items: ["aö", "😀", ""],
    expected: ["a", "ö", "😀"]
  },
  {
    title: "flatMap inside flatMap",
    steps: [{ op: "flatMap", f: (x) => x }, { op: "flatMap", f: (x) => x }],
    items: [[[1], [2, 3]], [[]]],
    expected: [1, 2, 3]
  },
  {
    title: "a filter inside a flatMap goes on with the next element",
    steps: [{ op: "flatMap", f: (x) => x }, odd, double],
    items: [[1, 2, 3], [2], [5]],
    expected: [2, 6, 10]
  },
  {
    title: "split",
    steps: [{ op: "split", separator: " " }],
    items: ["a b", "", " c ", "d"],
    expected: ["a", "b", "", "", "c", "", "d"]
  },
  {
    title: "split at long separators",
    steps: [{ op: "split", separator: "--" }],
    items: ["a--b---c", "--"],
    expected: ["a", "b", "-c", "", ""]
  },
  {
    title: "a filter inside a split goes on with the next piece",
    steps: [{ op: "split", separator: "," }, { op: "filter", f: (x) => x !== "" }],
    items: [",a,,b,", ","],
    expected: ["a", "b"]
  },
  {
    title: "split twice",
    steps: [{ op: "split", separator: "\n" }, { op: "split", separator: " " }],
    items: ["a b\nc", "d"],
    expected: ["a", "b", "c", "d"]
  },
  {
    title: "split at what looks like code",
    steps: [{ op: "split", separator: "\"`${x}\\\n" }],
    items: ["a\"`${x}\\\nb"],
    expected: ["a", "b"]
  },
  { title: "keyBy", steps: [initial], items: ["ab", "c"], expected: [["a", "ab"], ["c", "c"]] },
  {
    title: "keyBy of pairs",
    steps: [initial, { op: "keyBy", f: ([, v]) => v.length, encode: undefined }],
    items: ["ab"],
    expected: [[2, ["a", "ab"]]]
  },
  { title: "mapValues after keyBy", steps: [initial, lengths], items: ["ab", "c"], expected: [["a", 2], ["c", 1]] },
  { title: "mapValues of pairs that arrive", steps: [lengths], items: [["k", "abc"]], expected: [["k", 3]] },
  {
    title: "flatMapValues",
    steps: [initial, letters],
    items: ["ab", "", "c"],
    expected: [["a", "a"], ["a", "b"], ["c", "c"]]
  },
  {
    title: "flatMapValues of text",
    steps: [{ op: "flatMapValues", f: (x) => x }],
    items: [["k", "ab"]],
    expected: [["k", "a"], ["k", "b"]]
  },
  {
    title: "a filter on pairs",
    steps: [initial, lengths, { op: "filter", f: ([key, length]) => key === "a" && length > 1 }, lengths],
    items: ["ab", "a", "cd"],
    expected: [["a", undefined]]
  },
  {
    title: "a filter keeps the pair that arrived",
    steps: [{ op: "filter", f: () => true }],
    items: [["k", 1, "more"]],
    expected: [["k", 1, "more"]]
  },
  { title: "a function that wants the pair", steps: [initial, swap, lengths], items: ["ab"], expected: [["ab", 1]] },
  {
    title: "flatMap after keyBy",
    steps: [initial, { op: "flatMap", f: (pair) => pair }],
    items: ["ab"],
    expected: ["a", "ab"]
  }
]

for (const backend of backends) {
  describe(`steps, ${backend}`, () => {
    for (const { expected, items, steps, title } of rows) {
      const kernel = kernelOf({ steps }, backend)

      it(title, () => assert.deepStrictEqual(runKernel(kernel, items), expected))

      it(`${title}: an empty batch stays empty`, () => assert.deepStrictEqual(runKernel(kernel, []), []))
    }

    it("reads only the slice it was given", () => {
      const kernel = kernelOf({ steps: [double] }, backend)
      const accumulator = kernel.begin()
      kernel.run([1, 2, 3, 4], 1, 3, accumulator)
      kernel.run([1, 2, 3, 4], 3, 3, accumulator)
      assert.deepStrictEqual(kernel.finish(accumulator), [4, 6])
    })
  })
}
