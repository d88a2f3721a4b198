import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { agrees, forms, smallInt, table } from "./support.ts"

describe("glom", () => {
  table((input: DStream.DStream<number>) => DStream.glom(input), {
    "an empty batch is one empty partition": [[[]], [[[]]]],
    "one": [[[1]], [[[1]]]],
    "a batch that was not cut is one partition": [[[1, 2, 3], [], [4]], [[[1, 2, 3]], [[]], [[4]]]]
  })

  table((input: DStream.DStream<number>) => input.pipe(DStream.repartition(2), DStream.glom), {
    "one array for each of two partitions (ST-04)": [
      [[1, 2, 3, 4], [5, 6, 7, 8]],
      [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    ]
  })

  table((input: DStream.DStream<number>) => input.pipe(DStream.repartition(2), DStream.glom, DStream.glom), {
    "keeps the partitions: each holds its array": [[[1, 2]], [[[[1]], [[2]]]]]
  })

  forms([[1]], [[[1]]], {
    "data first": (input: DStream.DStream<number>) => DStream.glom(input),
    "bare in a pipe": (input) => input.pipe(DStream.glom)
  })

  agrees("nothing is lost and nothing moves", smallInt, (input) =>
    input.pipe(DStream.repartition(3), DStream.glom, DStream.flatMap((items) => items)), (items) => items)
})
