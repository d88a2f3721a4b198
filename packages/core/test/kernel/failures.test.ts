import { assert, describe, it } from "@effect/vitest"
import type { Aggregation, AnyFunction, Step } from "../../src/kernel/Step.ts"
import { backends, failureOf, kernelOf, type Loop } from "./runKernel.ts"

const bad = new Error("bad item")
const itself: AnyFunction = (x) => x

/** Throws when it sees 3, alone, in a pair, or as a value. */
const throwing = (f: AnyFunction): AnyFunction => (...given) => {
  if (JSON.stringify(given).includes("3")) throw bad
  return f(...given)
}

/** Each kind of step, around it steps that change the shape of the item. */
const kinds: ReadonlyArray<Step> = [
  { op: "map", f: throwing(itself) },
  { op: "filter", f: throwing(() => true) },
  { op: "flatMap", f: throwing((x) => [x]) },
  { op: "flatMap", f: throwing((x) => (function*() { yield throwing(itself)(x) })()) },
  { op: "keyBy", f: throwing(itself), encode: undefined },
  { op: "mapValues", f: throwing(itself) },
  { op: "flatMapValues", f: throwing((x) => [x, x]) }
]
const toPair: Step = { op: "keyBy", f: itself, encode: undefined }
const toItem: Step = { op: "map", f: itself }
const some: Step = { op: "filter", f: ([key]) => key % 2 === 1 }

const aggregations: ReadonlyArray<readonly [Aggregation, item: number]> = [
  [{ op: "reduce", f: throwing((left) => left) }, 2],
  [{ op: "reduceByKey", f: throwing((left) => left) }, 3],
  [{ op: "combineByKey", createCombiner: throwing(itself), mergeValue: itself }, 2],
  [{ op: "combineByKey", createCombiner: itself, mergeValue: throwing(itself) }, 3]
]

for (const backend of backends) {
  type Items = ReadonlyArray<unknown>

  const assertFailure = (loop: Loop, items: Items, step: number, item: number, cause: unknown = bad) => {
    const failure = failureOf(loop, backend, items)
    assert.deepStrictEqual([failure.step, failure.item], [step, item])
    assert.strictEqual(failure.cause, cause)
  }

  const assertRefusal = (loop: Loop, items: Items, step: number, message: string) => {
    const failure = failureOf(loop, backend, items)
    assert.strictEqual(failure.step, step)
    assert.instanceOf(failure.cause, TypeError)
    assert.include((failure.cause as TypeError).message, message)
  }

  describe(`a step that fails, ${backend}`, () => {
    kinds.forEach((step, index) => {
      it(`${index + 1}. ${step.op}: says which step and which item`, () => {
        assertFailure({ steps: [toPair, step, toItem, toPair, some] }, [1, 2, 3, 3], 1, 2)
        assertFailure({ steps: [toPair, some, step] }, [1, 2, 3, 3], 2, 2)
        assertFailure({ steps: [toPair, { op: "flatMapValues", f: (x) => [x, x] }, step] }, [1, 2, 3], 2, 2)
      })
    })

    for (const [aggregation, item] of aggregations) {
      it(`${aggregation.op}: is the step after the last`, () => {
        const items = [[1, 1], [2, 2], [3, 3], [3, 3]]
        assertFailure({ aggregation }, items, 0, item)
        assertFailure({ steps: [some, { op: "mapValues", f: itself }], aggregation }, items, 2, item)
      })
    }

    it("counts items from the start of the segment, not of the slice", () => {
      const kernel = kernelOf({ steps: [{ op: "map", f: throwing(itself) }] }, backend)
      try {
        kernel.run([1, 1, 1, 3], 2, 4, kernel.begin())
        assert.fail("nothing was thrown")
      } catch (failure) {
        assert.deepInclude(failure, { step: 0, item: 3, cause: bad })
      }
    })

    it("an encode that throws belongs to its keyBy, or to the aggregation where pairs arrived with it", () => {
      const encode = throwing(itself)
      const aggregation: Aggregation = { op: "groupByKey" }
      const steps: ReadonlyArray<Step> = [toItem, { op: "keyBy", f: itself, encode }, { op: "mapValues", f: itself }]
      assertFailure({ steps, aggregation }, [1, 3], 1, 1)
      assertFailure({ steps: [some], encode, aggregation }, [[1, 1], [3, 1]], 1, 1)
    })

    it("a thrown null is a failure too", () => {
      assertFailure({ steps: [{ op: "map", f: () => { throw null } }] }, [1], 0, 0, null)
    })

    it("flatMap and flatMapValues must give iterables", () => {
      const rows = [[undefined, "undefined"], [null, "null"], [5, "a number"], [{ length: 2 }, "an object"]]
      for (const [given, name] of rows) {
        const message = `must give an array or another iterable, not ${name}`
        assertRefusal({ steps: [toItem, { op: "flatMap", f: () => given }] }, [1], 1, message)
        assertRefusal({ steps: [toPair, { op: "flatMapValues", f: () => given }] }, [1], 1, message)
      }
    })

    it("split takes text", () => {
      const split: Step = { op: "split", separator: " " }
      assertRefusal({ steps: [toItem, split] }, [["a b"]], 1, "split takes strings, not an object")
      assertRefusal({ steps: [split] }, [undefined], 0, "split takes strings, not undefined")
    })

    it("a pair is missed by the step that wants it", () => {
      assertRefusal({ steps: [{ op: "filter", f: () => true }, { op: "mapValues", f: itself }] }, [undefined], 1, "")
      assertRefusal({ steps: [{ op: "filter", f: () => true }], aggregation: { op: "groupByKey" } }, [null], 1, "")
    })
  })
}
