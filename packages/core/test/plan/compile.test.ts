import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AnyDStream } from "../../src/dstream/Node.ts"
import * as DStream from "../../src/DStream.ts"
import { inputsOf } from "../../src/plan/inputs.ts"
import { chunks, from, fusedOf, outline, planOf, receiver } from "./pipelines.ts"
import { runPlan } from "./runPlan.ts"

const add = (left: number, right: number) => left + right
const trim = (text: string) => text.trim()
const isLong = (text: string) => text.length > 3
const words = from("words").pipe(DStream.map(trim), DStream.filter(isLong))

const repeated = (stream: AnyDStream, times: number, operator: (stream: AnyDStream) => AnyDStream) => {
  for (let i = 0; i < times; i++) stream = operator(stream)
  return stream
}

describe("compile", () => {
  it("makes one loop of a chain and the aggregation that ends it", () => {
    const counts = words.pipe(
      DStream.flatMap((text) => text.split(" ")),
      DStream.keyBy((word) => word),
      DStream.mapValues(() => 1),
      DStream.reduceByKey(add)
    )
    assert.deepStrictEqual(outline({ out: counts }), [
      "0 words",
      "1 fused(map(trim), filter(isLong), flatMap, keyBy, mapValues, reduceByKey(add)) 0",
      "out 1"
    ])
  })

  it("goes on with a new loop behind an aggregation", () => {
    const out = words.pipe(DStream.countByValue, DStream.filter(([, n]) => n > 1), DStream.map(([word]) => word))
    assert.deepStrictEqual(outline({ out }), [
      "0 words",
      "1 fused(map(trim), filter(isLong), countByValue) 0",
      "2 fused(filter, map) 1",
      "out 2"
    ])
  })

  it("computes a shared stream once", () => {
    assert.deepStrictEqual(outline({ all: words, count: DStream.count(words), long: DStream.map(words, trim) }), [
      "0 words",
      "1 fused(map(trim), filter(isLong)) 0",
      "2 count 1",
      "3 map(trim) 1",
      "all 1",
      "count 2",
      "long 3"
    ])
  })

  it("an output may read a receiver, and two outputs one stream", () => {
    const stream = from("r")
    assert.deepStrictEqual(outline({ one: stream, other: stream }), ["0 r", "one 0", "other 0"])
  })

  it("reads an unshared union as several inputs of one loop", () => {
    const both = DStream.union(from("a"), DStream.map(from("b"), trim))
    assert.deepStrictEqual(outline({ out: DStream.countByValue(DStream.filter(both, isLong)) }), [
      "0 a",
      "1 b",
      "2 map(trim) 1",
      "3 fused(filter(isLong), countByValue) 0 2",
      "out 3"
    ])
  })

  it("unites nested unions, in order, and one stream several times", () => {
    const [a, b, c] = [from("a"), from("b"), from("c")]
    const out = DStream.unionAll([DStream.union(a, DStream.union(b, a)), c, b])
    assert.deepStrictEqual(outline({ out }), ["0 a", "1 b", "2 c", "3 union 0 1 0 2 1", "out 3"])
    assert.deepStrictEqual(outline({ out: DStream.union(a, a) }), ["0 a", "1 union 0 0", "out 1"])
  })

  it("gives a shared union a slot of its own", () => {
    const both = DStream.union(from("a"), from("b"))
    assert.deepStrictEqual(outline({ out: both, count: DStream.count(both) }), [
      "0 a",
      "1 b",
      "2 union 0 1",
      "3 count 2",
      "out 2",
      "count 3"
    ])
  })

  it("whole-batch functions and effects end a chain", () => {
    const half = (items: ReadonlyArray<string>) => items.slice(0, items.length / 2)
    const save = (item: string) => Effect.succeed(item)
    const out = words.pipe(
      DStream.mapBatch(half),
      DStream.mapEffect(save, { concurrency: 4 }),
      DStream.transformWith(from("other"), (left, right) => [...left, ...right]),
      DStream.map(trim)
    )
    assert.deepStrictEqual(outline({ out }), [
      "0 words",
      "1 fused(map(trim), filter(isLong)) 0",
      "2 mapBatch(half) 1",
      "3 mapEffect(save) 2",
      "4 other",
      "5 transformWith 3 4",
      "6 map(trim) 5",
      "out 6"
    ])
    assert.deepInclude(planOf({ out }).stages[3], { _tag: "Effect", perItem: true, concurrency: 4 })
  })

  it("cuts chunks inside the loop that reads them, where only one does", () => {
    const lines = DStream.fromReceiver(chunks("tcp"))
    const out = DStream.countByValue(lines)
    assert.deepStrictEqual(outline({ out }), ["0 tcp", "1 fused(split, countByValue) 0", "out 1"])
  })

  it("opens a receiver once and cuts its chunks once, however often it is asked for", () => {
    const tcp = chunks("tcp")
    const out = DStream.countByValue(DStream.fromReceiver(tcp))
    const count = DStream.count(DStream.fromReceiver(tcp))
    assert.deepStrictEqual(outline({ out, count }), [
      "0 tcp",
      "1 split 0",
      "2 countByValue 1",
      "3 count 1",
      "out 2",
      "count 3"
    ])
    const plain = receiver("plain")
    const both = DStream.union(DStream.fromReceiver(plain), DStream.fromReceiver(plain))
    assert.deepStrictEqual(outline({ both }), ["0 plain", "1 union 0 0", "both 1"])
  })

  it("hands the encoding of keys to the loops that need it", () => {
    const encode = ({ n }: { readonly n: number }) => n
    const keyed = from("r").pipe(DStream.keyBy((text) => ({ n: text.length }), { encode }))
    const sums = keyed.pipe(DStream.mapValues(() => 1), DStream.reduceByKey(add))
    const united = DStream.union(sums, DStream.filter(sums, ([, n]) => n > 1))
    const lost = DStream.map(united, ([, n]) => n)
    const stages = fusedOf(planOf({ keyed, again: DStream.groupByKey(united), lost }))
    assert.deepStrictEqual(stages.map((stage) => [stage.name, stage.encode === encode]), [
      ["keyBy", false],
      ["fused(mapValues, reduceByKey(add))", true],
      ["filter", true],
      ["groupByKey", true],
      ["map", true]
    ])
  })

  it("puts every stage after the stages it reads, and numbers them by place", () => {
    const out = DStream.union(DStream.count(words), DStream.count(from("b")))
    const { slots, stages } = planOf({ out, words })
    assert.strictEqual(slots, stages.length)
    stages.forEach((stage, index) => {
      assert.strictEqual(stage.slot, index)
      assert.isTrue(inputsOf(stage).every((input) => input < index))
    })
  })

  for (const backend of ["generated", "closures"] as const) {
    it(`compiles and runs a chain of ten thousand operators, ${backend}`, () => {
      const chain = repeated(from("r"), 10_000, (stream) => DStream.map(stream, (n: number) => n + 1))
      const plan = planOf({ out: DStream.reduce(chain, add) })
      const stages = fusedOf(plan)
      assert.strictEqual(stages.reduce((total, { steps }) => total + steps.length, 0), 10_000)
      assert.isTrue(stages.every(({ steps }) => steps.length <= 256))
      assert.isTrue(stages.every(({ name }) => name.length < 100))
      assert.deepStrictEqual(runPlan(plan, { backend, slice: 1 })(() => [[0, 1], [2]]), [[30_003]])
    })
  }

  it("keeps encodings where a long chain is cut", () => {
    const keyed = DStream.keyBy(from("r"), (text) => ({ text }), { encode: ({ text }) => text })
    const chain = repeated(keyed, 1_000, (stream) => DStream.mapValues(stream, (value) => value))
    const run = runPlan(planOf({ out: DStream.groupByKey(chain) }), { backend: "closures", slice: 10 })
    assert.deepStrictEqual(run(() => [["a", "b", "a"]]), [[[{ text: "a" }, ["a", "a"]], [{ text: "b" }, ["b"]]]])
  })

  it("compiles ten thousand nested unions, and as many aggregations", () => {
    const other = from("b")
    const unions = repeated(from("a"), 10_000, (stream) => DStream.union(stream, other))
    assert.lengthOf(fusedOf(planOf({ out: DStream.count(unions) }))[0]!.inputs, 10_001)
    const counts = repeated(from("a"), 10_000, (stream) => DStream.count(stream))
    assert.deepStrictEqual(runPlan(planOf({ out: counts }), { backend: "closures", slice: 1 })(() => [["x"]]), [[1]])
  })

  it("two pipelines of the same streams are compiled apart", () => {
    assert.deepStrictEqual(outline({ out: words }), outline({ out: words }))
  })
})
