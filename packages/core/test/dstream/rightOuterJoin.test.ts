import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Option } from "effect"
import { both, type Join, joinLaws, joinsAs, joinSided } from "./joins.ts"
import { forms, table } from "./support.ts"

const none = Option.none()
const some = Option.some

type Pair = readonly [string, number]

const join: Join = (left, right) => DStream.rightOuterJoin(left, right)

describe("rightOuterJoin", () => {
  table(joinSided(join), {
    "nothing on either side": [both({ left: [], right: [] }), [[]]],
    "keeps the right: keys of both in the order of the left, then the others (PA-06)": [
      both({ left: [["b", 1], ["a", 2], ["a", 3]], right: [["c", "v"], ["a", "x"], ["c", "w"]] }),
      [[["a", [some(2), "x"]], ["a", [some(3), "x"]], ["c", [none, "v"]], ["c", [none, "w"]]]]
    ],
    "only inside of a batch": [
      both({ left: [["a", 1]], right: [] }, { left: [], right: [["a", "x"]] }),
      [[], [["a", [none, "x"]]]]
    ]
  })

  forms([[["k", 1] as const]], [[["k", [some(1), 1]]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.rightOuterJoin(input, input),
    "data last": (input) => input.pipe(DStream.rightOuterJoin(input))
  })

  joinsAs(join, (lefts, rights) =>
    lefts.length === 0
      ? rights.map((right) => [none, right])
      : lefts.flatMap((left) => rights.map((right) => [some(left), right])))

  joinLaws("rightOuterJoin", join)
})
