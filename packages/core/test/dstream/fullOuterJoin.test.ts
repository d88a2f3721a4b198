import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Option } from "effect"
import { both, type Join, joinLaws, joinsAs, joinSided } from "./joins.ts"
import { forms, table } from "./support.ts"

const none = Option.none()
const some = Option.some

type Pair = readonly [string, number]

const join: Join = (left, right) => DStream.fullOuterJoin(left, right)

describe("fullOuterJoin", () => {
  table(joinSided(join), {
    "nothing on either side": [both({ left: [], right: [] }), [[]]],
    "keeps both (PA-06)": [
      both({ left: [["b", 1], ["a", 2]], right: [["c", "v"], ["a", "x"], ["c", "w"]] }),
      [[["b", [some(1), none]], ["a", [some(2), some("x")]], ["c", [none, some("v")]], ["c", [none, some("w")]]]]
    ],
    "only inside of a batch": [
      both({ left: [["a", 1]], right: [] }, { left: [], right: [["a", "x"]] }),
      [[["a", [some(1), none]]], [["a", [none, some("x")]]]]
    ]
  })

  forms([[["k", 1] as const]], [[["k", [some(1), some(1)]]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.fullOuterJoin(input, input),
    "data last": (input) => input.pipe(DStream.fullOuterJoin(input))
  })

  joinsAs(join, (lefts, rights) => {
    if (lefts.length === 0) return rights.map((right) => [none, some(right)])
    if (rights.length === 0) return lefts.map((left) => [some(left), none])
    return lefts.flatMap((left) => rights.map((right) => [some(left), some(right)]))
  })

  joinLaws("fullOuterJoin", join)
})
