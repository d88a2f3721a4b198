import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { both, type Join, joinLaws, joinsAs, joinSided } from "./joins.ts"
import { forms, table } from "./support.ts"

type Pair = readonly [string, number]

const join: Join = (left, right) => DStream.join(left, right)

describe("join", () => {
  table(joinSided(join), {
    "nothing on either side": [both({ left: [], right: [] }), [[]]],
    "keys of one side alone give nothing": [both({ left: [["a", 1]], right: [["b", "x"]] }), [[]]],
    "every value with every value, in the order of the left keys (PA-06)": [
      both({ left: [["b", 1], ["a", 2], ["b", 3]], right: [["a", "x"], ["b", "y"], ["b", "z"], ["c", "v"]] }),
      [[["b", [1, "y"]], ["b", [1, "z"]], ["b", [3, "y"]], ["b", [3, "z"]], ["a", [2, "x"]]]]
    ],
    "only inside of a batch": [
      both({ left: [["a", 1]], right: [] }, { left: [], right: [["a", "x"]] }, { left: [["a", 2]], right: [["a", "y"]] }),
      [[], [], [["a", [2, "y"]]]]
    ]
  })

  forms([[["k", 1] as const]], [[["k", [1, 1]]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.join(input, input),
    "data last": (input) => input.pipe(DStream.join(input))
  })

  joinsAs(join, (lefts, rights) => lefts.flatMap((left) => rights.map((right) => [left, right])))

  joinLaws("join", join)
})
