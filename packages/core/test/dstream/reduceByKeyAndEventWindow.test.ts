import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Arbitrary, Schema } from "effect"
import { smallInt, table } from "./support.ts"
import { survivesRestarts } from "./survivesRestarts.ts"

const highest = (input: DStream.DStream<readonly [string | bigint, number]>) =>
  input.pipe(
    DStream.assignTimestamps({ timestamp: (at) => at, outOfOrderness: 2, source: (at) => BigInt(at % 2) }),
    // Gets two arguments and no more, whatever the engine knows of the record.
    DStream.reduceByKeyAndEventWindow({ name: "highest", windowDuration: 10, state: Schema.Number, reduce: Math.max }),
    DStream.mapValues(({ start, value }) => [start, value])
  )

describe("reduceByKeyAndEventWindow", () => {
  table(highest, {
    "keys and sources may be bigints": [
      [[[1n, 4], [1n, 7], ["1", 3]], [["x", 12], ["x", 13]]],
      [[], [[1n, [0, 7]], ["1", [0, 3]]]]
    ]
  })

  survivesRestarts(
    "survives restarts",
    Arbitrary.map(Arbitrary.all([smallInt, smallInt]), ([a, b]): readonly [string | bigint, number] =>
      [a % 2 === 0 ? BigInt(a) : `${a}`, a * 5 + b]),
    highest
  )
})
