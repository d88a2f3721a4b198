import { assert, describe, it } from "@effect/vitest"
import type { Aggregation, Step } from "../../src/kernel/Step.ts"
import { backends, failureOf, kernelOf, runKernel } from "./runKernel.ts"

const hostile = [
  "__proto__", "constructor", "", "prototype", "toString", "hasOwnProperty", "\ud800", "\udfff\ud800", "\u0000", "a\nb",
  NaN, 0, Infinity, 1, "1", 1n, true, "true", false
]
const itself: Step = { op: "keyBy", f: (key) => key, encode: undefined }
const keyed: ReadonlyArray<Aggregation> = [
  { op: "groupByKey" },
  { op: "reduceByKey", f: (left) => left },
  { op: "combineByKey", createCombiner: (value) => value, mergeValue: (combiner) => combiner }
]

interface Place {
  readonly x: number
}
const place = (x: number): Place => ({ x })
const encode = ({ x }: Place) => `place ${x}`
const byPlace: Step = { op: "keyBy", f: place, encode }

for (const backend of backends) {
  describe(`keys, ${backend}`, () => {
    it("are the same when Map says so", () => {
      const twice = [...hostile, ...hostile]
      const expected = hostile.map((key) => [key, 2])
      assert.deepStrictEqual(runKernel(kernelOf({ aggregation: { op: "countByValue" } }, backend), twice), expected)
      const kernel = kernelOf({ steps: [itself], aggregation: { op: "groupByKey" } }, backend)
      assert.deepStrictEqual(runKernel(kernel, twice), hostile.map((key) => [key, [key, key]]))
      assert.isUndefined(({} as { polluted?: unknown }).polluted)
    })

    it("reach no prototype", () => {
      const steps = [itself, { op: "mapValues", f: () => ({ polluted: true }) }] as const
      const kernel = kernelOf({ steps, aggregation: { op: "reduceByKey", f: Object.assign } }, backend)
      runKernel(kernel, ["__proto__", "__proto__", "constructor", "constructor"])
      assert.isUndefined(({} as { polluted?: unknown }).polluted)
      assert.isUndefined((Object as { polluted?: unknown }).polluted)
    })

    it("-0 is 0, as in a Map", () => {
      const [[zero]] = runKernel(kernelOf({ aggregation: { op: "countByValue" } }, backend), [-0, 0]) as [[number]]
      assert.isTrue(Object.is(zero, 0))
    })

    for (const aggregation of [...keyed, { op: "countByValue" } as const]) {
      it(`${aggregation.op} refuses keys that are no primitives, and does not say what they hold`, () => {
        const keys = [{ secret: 1 }, ["secret"], () => "secret", Symbol("secret"), undefined, null]
        for (const key of keys) {
          const items = aggregation.op === "countByValue" ? ["fine", key] : [["fine", 1], [key, 2]]
          const failure = failureOf({ aggregation }, backend, items)
          assert.deepStrictEqual([failure.step, failure.item], [0, 1])
          assert.instanceOf(failure.cause, TypeError)
          assert.include(String(failure.cause), "keyBy(f, { encode })")
          assert.notInclude(String(failure.cause), "secret")
        }
      })
    }

    for (const aggregation of keyed) {
      it(`${aggregation.op} groups by the encoding and gives the object that came first`, () => {
        const kernel = kernelOf({ steps: [byPlace], aggregation }, backend)
        const [first, second] = [place(1), place(2)]
        const steps: ReadonlyArray<Step> = [{ op: "keyBy", f: (key) => key, encode }]
        const places = [first, second, place(1)]
        const objects = runKernel(kernelOf({ steps, aggregation }, backend), places) as Array<[Place]>
        assert.deepStrictEqual(objects.map(([key]) => key), [place(1), place(2)])
        assert.strictEqual(objects[0]![0], first)
        assert.lengthOf(runKernel(kernel, [3, 3, 4]), 2)
      })

      it(`${aggregation.op} uses the encoding that pairs arrive with`, () => {
        const pairs = [[place(1), 1], [place(2), 2], [place(1), 3]]
        assert.lengthOf(runKernel(kernelOf({ aggregation, encode }, backend), pairs), 2)
        const keep: ReadonlyArray<Step> = [
          { op: "filter", f: () => true },
          { op: "mapValues", f: (value) => value },
          { op: "flatMapValues", f: (value) => [value] }
        ]
        assert.lengthOf(runKernel(kernelOf({ aggregation, encode, steps: keep }, backend), pairs), 2)
      })

      it(`${aggregation.op}: map, flatMap and keyBy forget the encoding`, () => {
        const forget: ReadonlyArray<Step> = [
          { op: "map", f: (pair) => pair },
          { op: "flatMap", f: (pair) => [pair] },
          { op: "keyBy", f: ([key]) => key, encode: undefined }
        ]
        for (const step of forget) {
          const failure = failureOf({ aggregation, encode, steps: [step] }, backend, [[place(1), 1]])
          assert.strictEqual(failure.step, 1)
          assert.instanceOf(failure.cause, TypeError)
        }
      })

      it(`${aggregation.op} refuses an encoding that gives no primitive`, () => {
        const failure = failureOf({ aggregation, encode: (key) => key }, backend, [[place(1), 1]])
        assert.include(String(failure.cause), "encode must give a string, number, bigint or boolean, not an object")
      })
    }

    it("a chain that needs no keys does not encode them", () => {
      const never = () => {
        throw new Error("encoded in vain")
      }
      const steps: ReadonlyArray<Step> = [{ op: "keyBy", f: place, encode: never }]
      assert.lengthOf(runKernel(kernelOf({ steps }, backend), [1, 2]), 2)
      assert.deepStrictEqual(runKernel(kernelOf({ steps, aggregation: { op: "count" } }, backend), [1, 2]), [2])
    })
  })
}
