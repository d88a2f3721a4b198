/** Runs that are stopped and started again: what a pipeline remembers must not show where that was. */
import { assert, it } from "@effect/vitest"
import { DStream, Pipeline, Receiver, StateStore, type Batch } from "@millrace/core"
import { Arbitrary, Effect, Fiber, Layer, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { isDeepStrictEqual } from "node:util"
import { type Batches, type Build, itemsOf } from "./support.ts"

type Backend = "generated" | "closures"

/**
 * What a stream emits when its pipeline is stopped after each of `lengths` batches and started again, with the same
 * store and the clock going on. What the store keeps has been through JSON.
 */
export const restarted = <A, B, E>(
  batches: Batches<A>,
  lengths: ReadonlyArray<number>,
  build: Build<A, B, E, StateStore>,
  backend: Backend = "generated"
): Effect.Effect<ReadonlyArray<Batch.Batch<B>>> => {
  const collected: Array<Batch.Batch<B>> = []
  const segment = Effect.fnUntraced(function*(part: Batches<A>) {
    const output = DStream.foreachBatch(build(scripted(part)), "collected", (batch) => Effect.sync(() => collected.push(batch)))
    const pipeline = Pipeline.make("restarted", { batchInterval: "1 second", freezeBatches: true, backend, outputs: [output] })
    const fiber = yield* Effect.forkChild(Pipeline.run(pipeline, { batches: part.length }), { startImmediately: true })
    for (let batch = 0; batch < part.length; batch++) yield* TestClock.adjust("1 second")
    yield* Fiber.join(fiber)
  })
  const all = Effect.gen(function*() {
    let from = 0
    for (const length of [...lengths, batches.length]) {
      const part = batches.slice(from, from + length)
      if (part.length > 0) yield* segment(part)
      from += length
    }
    return collected
  })
  return Effect.orDie(Effect.provide(all, Layer.provideMerge(throughJson, TestClock.layer())))
}

const scripted = <A>(batches: Batches<A>) =>
  DStream.fromReceiver(Receiver.perBatch<A>({
    name: "input",
    initialRate: Infinity,
    open: () =>
      Effect.sync(() => {
        let next = 0
        return () =>
          Effect.sync(() => {
            const payload = batches[next++]
            return payload === undefined ? Option.none() : Option.some({ payload, records: payload.length, bytes: 0 })
          })
      })
  }))

const throughJson: Layer.Layer<StateStore> = Layer.effect(
  StateStore,
  Effect.map(StateStore, (store) =>
    StateStore.of({
      load: store.load,
      save: (operator, entries) =>
        store.save(operator, entries.map(([name, value]) => [name, JSON.parse(JSON.stringify(value))]))
    }))
).pipe(Layer.provide(StateStore.layerMemory))

/** Stopped and started again between any batches, a stream emits what it emits in one run. */
export const survivesRestarts = <A, B, E>(
  title: string,
  item: Arbitrary.Arbitrary<A>,
  build: Build<A, B, E, StateStore>,
  { runs = 40 }: { readonly runs?: number } = {}
): void => {
  const batches = Arbitrary.array(Arbitrary.array(item, { maxLength: 20 }), { minLength: 10, maxLength: 40 })
  const length = Arbitrary.map(Arbitrary.schema(Schema.Int), (n) => 1 + Math.abs(n % 9))
  const lengths = Arbitrary.array(length, { minLength: 1, maxLength: 6 })
  it.effect(title, () =>
    Effect.gen(function*() {
      const result = yield* Arbitrary.checkEffect(Arbitrary.all([batches, lengths]), ([batches, lengths]) =>
        Effect.gen(function*() {
          const whole = yield* itemsOf(batches, build)
          const parts = yield* restarted(batches, lengths, build, lengths.length % 2 === 0 ? "generated" : "closures")
          assert.deepStrictEqual(parts.map(({ time }) => time), batches.map((_, index) => (index + 1) * 1000))
          return isDeepStrictEqual(parts.map(({ items }) => items), whole)
        }), { runs, size: 40 })
      if (result._tag === "Falsified") {
        const [batches, lengths] = result.shrunkInput
        const whole = yield* itemsOf(batches, build)
        const parts = yield* restarted(batches, lengths, build)
        assert.deepStrictEqual(parts.map(({ items }) => items), whole, `replay ${result.replay}, parts of ${lengths}`)
      }
      assert.strictEqual(result._tag, "Passed")
    }))
}

/**
 * A thousand random batches and more, whose meaning depends on the batches before them, come out as the naive reading
 * says, from both back ends.
 */
export const agreesOver = <A, B>(
  title: string,
  item: Arbitrary.Arbitrary<A>,
  build: Build<A, B>,
  naive: (batches: Batches<A>) => ReadonlyArray<ReadonlyArray<unknown>>,
  { runs = 60 }: { readonly runs?: number } = {}
): void => {
  const batches = Arbitrary.array(Arbitrary.array(item, { maxLength: 20 }), { minLength: 20, maxLength: 60 })
  it.effect(title, () =>
    Effect.gen(function*() {
      const result = yield* Arbitrary.checkEffect(batches, (batches) =>
        Effect.map(itemsOf(batches, build), (actual) => isDeepStrictEqual(actual, naive(batches))), { runs, size: 60 })
      if (result._tag === "Falsified") {
        const { replay, shrunkInput } = result
        assert.deepStrictEqual<unknown>(yield* itemsOf(shrunkInput, build), naive(shrunkInput), `replay ${replay}`)
      }
      assert.strictEqual(result._tag, "Passed")
    }))
}
