import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Ref, Stream } from "effect"
import { fromStream } from "../../../src/dstream/receivers/fromStream.ts"
import { blocksOf, openPull, recordsOf } from "./support.ts"

class Greeting extends Context.Service<Greeting, string>()("test/Greeting") {}

describe("fromStream", () => {
  it.effect("hands over chunks as blocks, in order, and ends with the stream", () =>
    Effect.gen(function*() {
      const blocks = yield* blocksOf(fromStream({ name: "s" }, Stream.rechunk(Stream.range(1, 7), 3)))
      assert.deepStrictEqual(blocks.map(({ payload, records }) => [payload, records]), [[[1, 2, 3], 3], [[4, 5, 6], 3], [[7], 1]])
      assert.deepStrictEqual(blocks.map(({ bytes }) => bytes), [24, 24, 8])
    }))

  it.effect("cuts a chunk that is too large for one block", () =>
    Effect.gen(function*() {
      const items = Array.from({ length: 40_000 }, (_, i) => i)
      const blocks = yield* blocksOf(fromStream({ name: "s" }, Stream.fromArray(items)))
      assert.deepStrictEqual(blocks.map(({ records }) => records), [16_384, 16_384, 7_232])
      assert.deepStrictEqual(blocks.flatMap(({ payload }) => payload), items)
    }))

  it.effect("fails as the stream fails, after what came before", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const receiver = fromStream({ name: "s" }, Stream.concat(Stream.make(1, 2), Stream.fail("broken" as const)))
      const exit = yield* Effect.scoped(Effect.gen(function*() {
        const pull = yield* openPull(receiver)
        for (;;) seen.push(...(yield* pull).flatMap(({ payload }) => payload))
      })).pipe(Effect.exit)
      assert.deepStrictEqual(seen, [1, 2])
      assert.deepStrictEqual(exit, Exit.fail("broken"))
    }))

  it.effect("runs the stream anew on each opening, in the context it was opened in", () =>
    Effect.gen(function*() {
      const receiver = fromStream({ name: "s" }, Stream.fromEffect(Effect.map(Greeting, (hello) => `${hello} you`)))
      const greet = recordsOf(receiver)
      assert.deepStrictEqual(yield* Effect.provideService(greet, Greeting, "hello"), ["hello you"])
      assert.deepStrictEqual(yield* Effect.provideService(greet, Greeting, "hi"), ["hi you"])
    }))

  it.effect("pulls nothing ahead, and releases the stream when its opening closes", () =>
    Effect.gen(function*() {
      const pulled = yield* Ref.make(0)
      const released = yield* Ref.make(false)
      const stream = Stream.fromEffectRepeat(Ref.updateAndGet(pulled, (n) => n + 1)).pipe(Stream.ensuring(Ref.set(released, true)))
      yield* Effect.scoped(Effect.gen(function*() {
        const pull = yield* openPull(fromStream({ name: "s" }, stream))
        assert.strictEqual(yield* Ref.get(pulled), 0)
        yield* pull
        yield* pull
        assert.strictEqual(yield* Ref.get(pulled), 2)
        assert.isFalse(yield* Ref.get(released))
      }))
      assert.isTrue(yield* Ref.get(released))
    }))

  it("has no slow start unless it is asked for", () => {
    const { defaultInitialRate, initialRate } = fromStream({ name: "s" }, Stream.empty)
    assert.deepStrictEqual([initialRate, defaultInitialRate], [undefined, Infinity])
    assert.strictEqual(fromStream({ name: "s", initialRate: 5 }, Stream.empty).initialRate, 5)
  })
})
