import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Effect, Schema } from "effect"

describe("scan", () => {
  for (const backend of ["generated", "closures"] as const) {
    it.effect(`carries its state from batch to batch, ${backend}`, () =>
      Effect.gen(function*() {
        const output = yield* TestPipeline.run([[1, 2], [], [3]], (input) =>
          DStream.scan(input, {
            name: "sum",
            state: Schema.Number,
            initial: 0,
            step: (sum, n, time) => n === 2 ? [sum + n] : [sum + n, `${sum + n} at ${time}`]
          }), { backend })
        assert.deepStrictEqual(output.map((batch) => batch.items), [["1 at 1000"], [], ["6 at 3000"]])
      }))
  }
})
