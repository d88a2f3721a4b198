/** Windows of lengths that nobody can mean. */
import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { Result, Schema } from "effect"
import { compile } from "../../src/plan/compile.ts"

const numbers = DStream.map(DStream.fromReceiver(Receiver.fromIterable({ name: "n" }, [1])), (n): readonly [string, number] => ["k", n])

const problemsOf = (windowDuration: unknown, slideDuration: unknown): number => {
  const windowed = DStream.reduceByKeyAndWindow(numbers, {
    name: "w",
    value: Schema.Number,
    reduce: (left, right) => left + right,
    windowDuration: windowDuration as number,
    slideDuration: slideDuration as number
  })
  const output = DStream.foreachBatch(windowed, "out", () => { throw new Error("nothing runs") })
  const compiled = compile(Pipeline.make("p", { batchInterval: "1 millis", outputs: [output] }))
  return Result.isSuccess(compiled) ? 0 : compiled.failure.problems.length
}

describe("a window", () => {
  const wrong: ReadonlyArray<unknown> = [NaN, -1, Infinity, 0, -Infinity, 0.5, "1 minutes minutes", "", "-1 second", null, {}, 1e300]
  for (const duration of wrong) {
    it(`of ${JSON.stringify(duration) ?? String(duration)} (${String(duration)}) is refused before anything runs, as length and as slide`, () => {
      assert.isAbove(problemsOf(duration, 1), 0)
      assert.isAbove(problemsOf(1000, duration), 0)
    })
  }

  it("of a thousand million seconds that slides by a millisecond is refused", () => {
    assert.isAbove(problemsOf("1000000000 seconds", 1), 0)
    assert.strictEqual(problemsOf("10 seconds", "1 second"), 0)
  })
})
