import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { both, type Join, joinLaws, joinsAs, joinSided } from "./joins.ts"
import { forms, table } from "./support.ts"

type Pair = readonly [string, number]

const join: Join = (left, right) => DStream.cogroup(left, right)

describe("cogroup", () => {
  table(joinSided(join), {
    "nothing on either side": [both({ left: [], right: [] }), [[]]],
    "every key of either, left before right, all its values (PA-05)": [
      both({ left: [["b", 1], ["a", 2], ["b", 3]], right: [["c", "v"], ["a", "x"], ["a", "x"]] }),
      [[["b", [[1, 3], []]], ["a", [[2], ["x", "x"]]], ["c", [[], ["v"]]]]]
    ],
    "batches stay apart": [
      both({ left: [["a", 1]], right: [] }, { left: [], right: [["a", "x"]] }),
      [[["a", [[1], []]]], [["a", [[], ["x"]]]]]
    ]
  })

  forms([[["k", 1] as const]], [[["k", [[1], [1]]]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.cogroup(input, input),
    "data last": (input) => input.pipe(DStream.cogroup(input))
  })

  joinsAs(join, (lefts, rights) => [[lefts, rights]])

  joinLaws("cogroup", join)
})
