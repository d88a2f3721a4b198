import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Effect } from "effect"
import { agrees, smallInt, table } from "./support.ts"

describe("cache", () => {
  table((input: DStream.DStream<number>) => DStream.cache(input), {
    "changes nothing": [[[1, 2], [], [3]], [[1, 2], [], [3]]]
  })

  agrees("changes nothing, ever", smallInt, (input) => DStream.cache(input), (items) => items)

  it.effect("what it promises holds: a stream that is read twice is computed once per batch", () =>
    Effect.gen(function*() {
      let calls = 0
      yield* TestPipeline.run([[1, 2], [3]], (input) => {
        const shared = DStream.cache(DStream.map(input, () => ++calls))
        return DStream.union(DStream.map(shared, (n) => n), shared)
      })
      assert.strictEqual(calls, 3)
    }))
})
