import { describe } from "@effect/vitest"
import { DStream, Table } from "@millrace/core"
import { Effect, Option } from "effect"
import { agrees, forms, hostileKeys, hostilePair, table } from "./support.ts"

const { none, some } = Option

type Pair = readonly [string, number]

const rows: ReadonlyArray<readonly [string, string]> = [["a", "x"], ["b", "y"], ["a", "z"]]
const hostileRows = hostileKeys.flatMap((key, index) => index % 3 === 0 ? [] : [[key, index] as const])

describe("leftOuterJoinTable", () => {
  for (const source of [rows, Table.load({ name: "rows", load: Effect.succeed(rows) })]) {
    table((input: DStream.DStream<Pair>) => DStream.leftOuterJoinTable(input, source), {
      "an empty batch stays empty": [[[]], [[]]],
      "every pair, in its order, with every row of its key, or None": [
        [[["c", 1], ["a", 2], ["b", 3]], [["c", 4]]],
        [
          [["c", [1, none()]], ["a", [2, some("x")]], ["a", [2, some("z")]], ["b", [3, some("y")]]],
          [["c", [4, none()]]]
        ]
      ]
    })
  }

  forms([[["k", 1] as const]], [[["k", [1, some(true)]]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.leftOuterJoinTable(input, new Map([["k", true]])),
    "data last": (input) => input.pipe(DStream.leftOuterJoinTable(new Map([["k", true]])))
  })

  agrees(
    "finds what a naive reader finds, with hostile keys",
    hostilePair,
    (input) => DStream.leftOuterJoinTable(input, hostileRows),
    (items) =>
      items.map(([key, value]) => {
        const found = hostileRows.find(([other]) => [other].includes(key))
        return [key, [value, found === undefined ? none() : some(found[1])]]
      })
  )
})
