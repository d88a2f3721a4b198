import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { agreesOver, survivesRestarts } from "./survivesRestarts.ts"
import { forms, hostilePair, naiveGroups, table } from "./support.ts"

type Pair = readonly [string | number | bigint | boolean, unknown]

const counts = (input: DStream.DStream<Pair>) => DStream.runningCountByKey(input, { name: "counts" })

describe("runningCountByKey", () => {
  table(counts, {
    "empty batches emit nothing": [[[], []], [[], []]],
    "counts records over all batches, whatever their values": [
      [[["b", 1], ["a", undefined], ["b", "x"]], [], [["a", 0], ["c", 1], ["a", null]]],
      [[["b", 2], ["a", 1]], [], [["a", 3], ["c", 1]]]
    ]
  })

  table((input: DStream.DStream<Pair>) => DStream.runningCountByKey(input, { name: "counts", emit: "all", timeout: "1 second" }), {
    "emit all, with a timeout": [
      [[["b", 1], ["a", 1]], [["a", 1]], [], []],
      [[["b", 1], ["a", 1]], [["a", 2], ["b", 1]], [["a", 2]], []]
    ]
  })

  table((input: DStream.DStream<Pair>) =>
    DStream.runningCountByKey(input, { name: "counts", emit: "all", maxKeys: 2, onMaxKeys: "expireOldest" }), {
    "the key whose last record is longest ago makes room": [
      [[["a", 1], ["b", 1]], [["a", 1], ["c", 1]], [["b", 1]], [["x", 1], ["y", 1], ["x", 1], ["z", 1]]],
      [
        [["a", 1], ["b", 1]],
        [["a", 2], ["c", 1]],
        [["b", 1], ["c", 1]],
        [["y", 1], ["z", 1]]
      ]
    ]
  })

  forms([[["k", 1], ["k", 2]], [["k", 3]]], [[["k", 2]], [["k", 3]]], {
    "data first": counts,
    "data last": (input) => input.pipe(DStream.runningCountByKey({ name: "counts" })),
    "after keyBy": (input) => input.pipe(DStream.keyBy(([key]) => key), DStream.runningCountByKey({ name: "counts" }))
  })

  agreesOver("agrees with a naive reading, with hostile keys", hostilePair, counts, (batches) =>
    batches.map((items, index) => {
      const before = naiveGroups(batches.slice(0, index + 1).flat())
      return naiveGroups(items).map(([key]) => [key, before.find(([other]) => Object.is(other, key))?.[1].length])
    }), { runs: 30 })
  survivesRestarts("a restart changes nothing", hostilePair, counts)
  keepsMemoryLaws("is rolled back and written down", hostilePair, counts)
})
