import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect, Stream } from "effect"
import { agrees, failuresOf, forms, itemsOf, smallInt, table } from "./support.ts"

/** The slice that each item is in, by counting. */
const slices = <A>(items: ReadonlyArray<A>, count: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: count }, (_, slice) =>
    items.filter((_, index) =>
      index >= Math.floor(slice * items.length / count) && index < Math.floor((slice + 1) * items.length / count)))

describe("repartition", () => {
  table((input: DStream.DStream<number>) => input.pipe(DStream.repartition(2), DStream.glom), {
    "an empty batch has empty partitions": [[[]], [[[], []]]],
    "fewer items than partitions": [[[1]], [[[], [1]]]],
    "contiguous, in order, as even as can be": [[[1, 2, 3, 4], [5, 6, 7]], [[[1, 2], [3, 4]], [[5], [6, 7]]]]
  })

  table((input: DStream.DStream<number>) => input.pipe(DStream.repartition(4), DStream.repartition(2), DStream.glom), {
    "fewer partitions (ST-06)": [[[1, 2, 3, 4, 5]], [[[1, 2], [3, 4, 5]]]]
  })

  table((input: DStream.DStream<number>) => input.pipe(DStream.repartition(2), DStream.repartition(3), DStream.glom), {
    "more partitions (ST-06)": [[[1, 2, 3, 4]], [[[1], [2], [3, 4]]]]
  })

  forms([[1, 2]], [[[1], [2]]], {
    "data first": (input: DStream.DStream<number>) => DStream.glom(DStream.repartition(input, 2)),
    "data last": (input) => input.pipe(DStream.repartition(2), DStream.glom)
  })

  for (const count of [1, 2, 3, 7, 150]) {
    agrees(
      `into ${count} is a cut of the batch, which per-item operators keep`,
      smallInt,
      (input) =>
        input.pipe(
          DStream.repartition(count),
          DStream.filter((n) => n !== 4),
          DStream.flatMap((n) => [n, -n]),
          DStream.glom
        ),
      (items) => slices(items, count).map((slice) => slice.flatMap((n) => n === 4 ? [] : [n, -n])),
      { runs: count > 100 ? 10 : 60 }
    )
  }

  agrees(
    "changes nothing for operators that see the batch",
    smallInt,
    (input) => {
      const cut = DStream.repartition(input, 3)
      return DStream.unionAll([
        DStream.count(cut),
        DStream.mapBatch(cut, (items) => [items.length]),
        DStream.map(DStream.countByValue(cut), ([n, count]) => n * 1000 + count),
        cut
      ])
    },
    (items) => [
      items.length,
      items.length,
      ...[...new Set(items)].map((n) => n * 1000 + items.filter((other) => other === n).length),
      ...items
    ]
  )

  it.effect("unions put partitions side by side where any stream was cut, fused or not", () =>
    Effect.gen(function*() {
      const three = (input: DStream.DStream<number>) =>
        DStream.union(DStream.repartition(input, 2), DStream.map(input, (n) => -n))
      const fused = yield* itemsOf([[1, 2]], (input) => three(input).pipe(DStream.map((n) => n), DStream.glom))
      const bare = yield* itemsOf([[1, 2]], (input) => DStream.glom(three(input)))
      const whole = yield* itemsOf([[1, 2]], (input) => DStream.glom(DStream.union(input, input)))
      assert.deepStrictEqual([fused, bare, whole], [[[[1], [2], [-1, -2]]], [[[1], [2], [-1, -2]]], [[[1, 2, 1, 2]]]])
    }))

  it.effect("a union of a union keeps every cut", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2]], (input) => {
        const cut = DStream.repartition(input, 2)
        const inner = DStream.union(cut, DStream.union(input, input))
        return DStream.glom(DStream.unionAll([inner, cut]))
      })
      assert.deepStrictEqual(out, [[[1], [2], [1, 2, 1, 2], [1], [2]]])
    }))

  it.effect("blocks of a receiver are no partitions", () =>
    Effect.gen(function*() {
      const blocks = DStream.fromStream({ name: "blocks" }, Stream.fromArray([1, 2, 3]).pipe(Stream.rechunk(1)))
      const batches = yield* Effect.scoped(
        Stream.runCollect(Stream.take(DStream.toStream(DStream.glom(blocks), { batchInterval: "20 millis" }), 1))
      )
      assert.deepStrictEqual(batches.map(({ items }) => items.length), [1])
    }).pipe((test) => Effect.promise(() => Effect.runPromise(test))))

  it.effect("keys keep their encoding", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2, 1]], (input) =>
        input.pipe(
          DStream.keyBy((part) => ({ part }), { encode: ({ part }) => part }),
          DStream.repartition(2),
          DStream.groupByKey,
          DStream.map(([{ part }, values]) => [part, values])
        ))
      assert.deepStrictEqual(out, [[[1, [1, 1]], [2, [2]]]])
    }))

  for (const count of [0, -1, 1.5, NaN, Infinity, 100_001]) {
    it.effect(`into ${count} is refused`, () =>
      Effect.gen(function*() {
        const { reason } = yield* failuresOf([[1]], (input) => DStream.repartition(input, count))
        assert(reason._tag === "InvalidPipeline")
        assert.deepStrictEqual(reason.problems.map((problem) => problem._tag === "BadOption" && problem.operator), ["repartition"])
      }))
  }
})
