import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Cause, Context, Effect, Ref } from "effect"
import { agrees, anyNumber, boom, failuresOf, forms, itemsOf, table } from "./support.ts"

class Table extends Context.Service<Table, ReadonlyMap<number, string>>()("test/Table") {}

describe("transformEffect", () => {
  table(
    (input: DStream.DStream<number>) =>
      DStream.transformEffect(input, (items, time) => Effect.succeed([time, ...items])),
    {
      "an empty batch is a batch too": [[[]], [[1000]]],
      "one": [[[7]], [[1000, 7]]],
      "many, over several batches, each with its time": [[[1, 2], [], [3]], [[1000, 1, 2], [2000], [3000, 3]]]
    }
  )

  forms([[1, 2]], [[2, 1]], {
    "data first": (input: DStream.DStream<number>) =>
      DStream.transformEffect(input, (items) => Effect.succeed(items.toReversed())),
    "data last": (input) => input.pipe(DStream.transformEffect((items) => Effect.succeed(items.toReversed())))
  })

  agrees(
    "is the effect of every batch and its time, also after it had to wait",
    anyNumber,
    (input) => DStream.transformEffect(input, (items, time) => Effect.as(Effect.yieldNow, [time, ...items])),
    (items, time) => [time, ...items]
  )

  it.effect("looks up a whole batch at once, in a service that the pipeline needs", () =>
    Effect.gen(function*() {
      const looked = yield* Ref.make(0)
      const out = yield* itemsOf([[2, 1], [], [3]], (input) =>
        DStream.transformEffect(input, (items) =>
          Effect.gen(function*() {
            yield* Ref.update(looked, (n) => n + 1)
            const names = yield* Table
            return items.map((n) => [n, names.get(n) ?? "?"])
          }))).pipe(Effect.provideService(Table, new Map([[1, "one"], [2, "two"]])))
      assert.deepStrictEqual(out, [[[2, "two"], [1, "one"]], [], [[3, "?"]]])
      assert.strictEqual(yield* Ref.get(looked), 2 * 3)
    }))

  it.effect("batches do not overtake each other: a slow one holds the next", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[5000], [1], [2]], (input) =>
        DStream.transformEffect(input, (items) => Effect.as(Effect.sleep(items[0] ?? 0), items)))
      assert.deepStrictEqual(out, [[5000], [1], [2]])
    }))

  it.effect("fails the pipeline with the error of its effect, as the error it is", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf([[1], [2]], (input) =>
        DStream.transformEffect(input, (items) =>
          items.includes(2) ? Effect.fail("no table" as const) : Effect.succeed(items)))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.batch.id, reason.step], [2, "transformEffect"])
      assert.deepStrictEqual(reason.cause, Cause.fail("no table" as const))
    }))

  it.effect("dies with what its function throws before there is an effect", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf([[1]], (input) =>
        DStream.transformEffect(input, (): Effect.Effect<ReadonlyArray<number>> => {
          throw boom
        }))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual(reason.cause, Cause.die(boom))
    }))

  for (const wrong of [undefined, null, 1]) {
    it.effect(`refuses an effect of ${wrong}`, () =>
      Effect.gen(function*() {
        const cheat: { readonly f: () => Effect.Effect<ReadonlyArray<number>> } = JSON.parse("{}")
        Object.assign(cheat, { f: () => Effect.succeed(wrong) })
        const error = yield* failuresOf([[1]], (input) => DStream.transformEffect(input, cheat.f))
        assert.include(error.message, "instead of an array")
      }))
  }

  it.effect("names itself when its function gives no effect", () =>
    Effect.gen(function*() {
      const cheat: { readonly f: () => Effect.Effect<ReadonlyArray<number>> } = JSON.parse("{}")
      Object.assign(cheat, { f: () => undefined })
      const { reason } = yield* failuresOf([[1]], (input) => DStream.transformEffect(input, cheat.f))
      assert(reason._tag === "StepFailed")
      assert.strictEqual(reason.step, "transformEffect(f)")
    }))
})
