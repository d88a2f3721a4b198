import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Option } from "effect"
import { both, type Join, joinLaws, joinsAs, joinSided } from "./joins.ts"
import { forms, table } from "./support.ts"

const none = Option.none()
const some = Option.some

type Pair = readonly [string, number]

const join: Join = (left, right) => DStream.leftOuterJoin(left, right)

describe("leftOuterJoin", () => {
  table(joinSided(join), {
    "nothing on either side": [both({ left: [], right: [] }), [[]]],
    "keeps the left (PA-06)": [
      both({ left: [["b", 1], ["a", 2], ["b", 3]], right: [["a", "x"], ["a", "y"], ["c", "v"]] }),
      [[["b", [1, none]], ["b", [3, none]], ["a", [2, some("x")]], ["a", [2, some("y")]]]]
    ],
    "only inside of a batch": [
      both({ left: [["a", 1]], right: [] }, { left: [], right: [["a", "x"]] }),
      [[["a", [1, none]]], []]
    ]
  })

  forms([[["k", 1] as const]], [[["k", [1, some(1)]]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.leftOuterJoin(input, input),
    "data last": (input) => input.pipe(DStream.leftOuterJoin(input))
  })

  joinsAs(join, (lefts, rights) =>
    lefts.flatMap((left) => rights.length === 0 ? [[left, none]] : rights.map((right) => [left, some(right)])))

  joinLaws("leftOuterJoin", join)
})
