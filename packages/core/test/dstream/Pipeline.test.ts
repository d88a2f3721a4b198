import { assert, describe, it } from "@effect/vitest"
import { DStream, InvalidPipeline, Pipeline } from "@millrace/core"
import { Duration, Effect, Result } from "effect"

const output = DStream.foreachBatch(DStream.fromIterable({ name: "n" }, [1]), "out", () => Effect.void)

const problemsOf = (options: Partial<Pipeline.Options> & { readonly batchInterval?: Duration.Input }) => {
  const compiled = Pipeline.compile(Pipeline.make("p", { batchInterval: "1 second", ...options, outputs: [output] }))
  if (Result.isSuccess(compiled)) return []
  assert(compiled.failure instanceof InvalidPipeline)
  return compiled.failure.problems
}

/** What text a program might have read from somewhere. */
const cast = (text: string): Duration.Input => {
  const read: { readonly duration: Duration.Input } = JSON.parse(JSON.stringify({ duration: text }))
  return read.duration
}

const noDuration: ReadonlyArray<readonly [string, Duration.Input]> = [
  ["NaN", NaN],
  ["-1", -1],
  ["\"1 minutes minutes\"", cast("1 minutes minutes")],
  ["\"\"", cast("")],
  ["\"1\"", cast("1")],
  ["\"second\"", cast("second")]
]

describe("batchInterval", () => {
  const noInterval: ReadonlyArray<readonly [string, Duration.Input]> = [
    ...noDuration,
    ["0", 0],
    ["Infinity", Infinity],
    ["Duration.infinity", Duration.infinity],
    ["Duration.zero", Duration.zero],
    ["\"-1 second\"", "-1 second"],
    ["half a millisecond", 0.5],
    ["one nanosecond", 1n],
    ["a million days, longer than a timer can wait", "1000000 days"]
  ]
  for (const [written, batchInterval] of noInterval) {
    it(`refuses ${written}`, () => {
      assert.deepStrictEqual(
        problemsOf({ batchInterval }).map((problem) => problem._tag === "BadSetting" && problem.setting),
        ["batchInterval"]
      )
    })
  }

  const intervals: ReadonlyArray<Duration.Input> = [1, "1 milli", "1 second", Duration.hours(1), 1_000_000n, [1, 0]]
  for (const batchInterval of intervals) {
    it(`takes ${Duration.isDuration(batchInterval) ? "a Duration" : String(batchInterval)}`, () => {
      assert.deepStrictEqual(problemsOf({ batchInterval }), [])
    })
  }
})

describe("drainTimeout", () => {
  for (const [written, drainTimeout] of noDuration) {
    it(`refuses ${written}`, () => {
      assert.deepStrictEqual(
        problemsOf({ drainTimeout }).map((problem) => problem._tag === "BadSetting" && problem.setting),
        ["drainTimeout"]
      )
    })
  }

  // Skipped while a negative text is taken for a timeout: see timeout in plan/resolve.ts.
  it("refuses \"-1 second\"", () => {
    assert.strictEqual(problemsOf({ drainTimeout: "-1 second" }).length, 1)
  })

  for (const drainTimeout of [0, "1 second", Infinity] satisfies Array<Duration.Input>) {
    it(`takes ${drainTimeout}`, () => assert.deepStrictEqual(problemsOf({ drainTimeout }), []))
  }
})

describe("make", () => {
  it("never throws, and compiling lists everything at once", () => {
    const problems = problemsOf({
      batchInterval: NaN,
      drainTimeout: cast("1 minutes minutes"),
      outputConcurrency: 0,
      maxRate: -1
    })
    assert.deepStrictEqual(
      problems.map((problem) => problem._tag === "BadSetting" && problem.setting).toSorted(),
      ["batchInterval", "drainTimeout", "maxRate", "outputConcurrency"]
    )
  })

  it("is a value: it can be compiled any number of times, and is told from others", () => {
    const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output] })
    assert.isTrue(Pipeline.isPipeline(pipeline))
    assert.isFalse(Pipeline.isPipeline(output))
    assert.deepStrictEqual(Pipeline.explain(pipeline), Pipeline.explain(pipeline))
    assert.strictEqual(pipeline.pipe((self) => self.name), "p")
  })
})
