import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { AnyDStream } from "../../src/dstream/Node.ts"
import * as Pipeline from "../../src/dstream/Pipeline.ts"
import * as DStream from "../../src/DStream.ts"
import { compile } from "../../src/plan/compile.ts"
import { InvalidPipeline, type Problem } from "../../src/plan/InvalidPipeline.ts"
import { from, pipeline, planOf, receiver, refused, sink } from "./pipelines.ts"

const fine = from("r")
const save = (text: string) => Effect.succeed(text)
const wrong = (options: Parameters<typeof pipeline>[1]) => refused(pipeline({ out: fine }, options)).problems

describe("InvalidPipeline", () => {
  it("lists everything that is wrong at once, one line each", () => {
    const twin = DStream.fromReceiver(receiver("twin", { maxRate: 0 }))
    const other = DStream.fromReceiver(receiver("twin", { initialRate: Number.NaN }))
    const one = DStream.keyBy(DStream.union(twin, other), (text) => ({ text }), { encode: ({ text }) => text })
    const two = DStream.keyBy(from(""), (text) => ({ text }), { encode: ({ text }) => text })
    const error = refused(Pipeline.make("tab\there", {
      batchInterval: "0 seconds",
      drainTimeout: -1,
      buffer: { records: 0, bytes: Number.NaN },
      initialRate: -1,
      maxRate: 0,
      outputConcurrency: 1.5,
      outputs: [
        DStream.to(DStream.groupByKey(DStream.union(one, two)), "print", sink),
        DStream.to(DStream.split(twin, ""), "print", sink),
        DStream.to(DStream.unionAll([]), " ", sink),
        DStream.to(DStream.mapEffect(twin, save, { concurrency: 0 }), "x".repeat(257), sink)
      ]
    }))
    assert.strictEqual(error._tag, "InvalidPipeline")
    assert.deepStrictEqual(error.message.split("\n"), [
      "Pipeline \"tab\\there\" cannot be compiled:",
      "- the pipeline name \"tab\\there\" has control characters in it",
      "- the output name \" \" is empty",
      `- the output name "${"x".repeat(64)}…" is longer than 256 characters`,
      "- more than one output is named \"print\"",
      "- the receiver name \"\" is empty",
      "- different receivers are named \"twin\"",
      "- maxRate of receiver \"twin\": 0 is not a number greater than zero",
      "- initialRate of receiver \"twin\": NaN is not a number greater than zero",
      "- groupByKey for output \"print\": its keys come encoded in different ways; " +
      "give every keyBy before it the same encode function",
      "- split for output \"print\": the separator is empty",
      "- unionAll for output \" \": there are no streams to unite",
      `- concurrency of mapEffect(save) for output "${"x".repeat(64)}…": ` +
      "0 is neither a positive whole number nor Infinity",
      "- batchInterval: \"0 seconds\" is not longer than zero",
      "- buffer.records: 0 is not a number greater than zero",
      "- buffer.bytes: NaN is not a number greater than zero",
      "- initialRate: -1 is not a number greater than zero",
      "- maxRate: 0 is not a number greater than zero",
      "- outputConcurrency: 1.5 is neither a positive whole number nor Infinity",
      "- drainTimeout: -1 is not a duration"
    ])
    assert.lengthOf(error.problems, 19)
  })

  it("a pipeline without outputs", () => {
    assert.deepStrictEqual(refused(pipeline({})).problems, [{ _tag: "NoOutputs" }])
  })

  it("says which setting, and what is wrong with it", () => {
    const setting = (setting: string, problem: string): ReadonlyArray<Problem> => [
      { _tag: "BadSetting", setting, receiver: undefined, problem }
    ]
    assert.deepStrictEqual(
      wrong({ batchInterval: "1.5 millis" }),
      setting("batchInterval", "\"1.5 millis\" is not a whole number of milliseconds")
    )
    assert.deepStrictEqual(wrong({ drainTimeout: Number.NaN }), setting("drainTimeout", "NaN is not a duration"))
    assert.deepStrictEqual(
      wrong({ outputConcurrency: Number.NaN }),
      setting("outputConcurrency", "NaN is neither a positive whole number nor Infinity")
    )
  })

  it("allows no limit where a limit can be done without", () => {
    const unlimited = pipeline({ out: DStream.mapEffect(fine, save, { concurrency: Infinity }) }, {
      drainTimeout: "Infinity",
      outputConcurrency: Infinity,
      initialRate: Infinity,
      maxRate: Infinity,
      buffer: { records: Infinity, bytes: Infinity }
    })
    assert.isTrue(Result.isSuccess(compile(unlimited)))
    assert.isTrue(Result.isSuccess(compile(pipeline({ out: fine }, { drainTimeout: 0 }))))
  })

  it("finds operators that only a shared or nested stream holds", () => {
    const bad = DStream.count(DStream.split(DStream.union(fine, DStream.unionAll([])), ""))
    const { problems } = refused(pipeline({ good: fine, first: DStream.union(bad, DStream.count(bad)), second: bad }))
    assert.deepStrictEqual(problems, [
      { _tag: "EmptyUnion", output: "first" },
      { _tag: "EmptySeparator", output: "first" }
    ])
  })

  describe("encodings of a union", () => {
    const key = (text: string) => ({ text })
    const encode = ({ text }: { readonly text: string }) => text
    const a = DStream.keyBy(fine, key, { encode })
    const same = DStream.keyBy(fine, key, { encode })
    const other = DStream.keyBy(fine, key, { encode: ({ text }) => `${text}!` })
    const plain: AnyDStream = DStream.keyBy(fine, (text) => text)

    it("may be one function", () => {
      assert.isObject(planOf({ out: DStream.groupByKey(DStream.unionAll([a, same, a])) }))
    })

    it("may differ where nothing groups by them", () => {
      const both = DStream.unionAll([a, other, plain])
      assert.isObject(planOf({
        both,
        values: DStream.map(DStream.filter(both, () => true), ([, value]) => value),
        count: DStream.count(both),
        rekeyed: DStream.groupByKey(DStream.keyBy(both, ([, value]) => value))
      }))
    })

    for (const [name, second] of [["another function", other], ["none", plain]] as const) {
      it(`must be the same where keys are grouped: ${name}`, () => {
        const both: AnyDStream = DStream.mapValues(DStream.filter(DStream.unionAll([a, second]), () => true), () => 1)
        const add = (left: number, right: number) => left + right
        assert.deepStrictEqual(refused(pipeline({ out: DStream.reduceByKey(both, add) })).problems, [
          { _tag: "ConflictingEncodings", operator: "reduceByKey(add)", output: "out" }
        ])
      })
    }
  })

  it("is a value that can be told apart and failed with", () => {
    const error = refused(pipeline({}))
    assert.instanceOf(error, InvalidPipeline)
    assert.instanceOf(error, Error)
    assert.strictEqual(Effect.runSync(Effect.flip(Effect.fail(error))), error)
  })
})
