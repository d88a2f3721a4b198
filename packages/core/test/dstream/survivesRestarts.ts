/** Runs that are stopped and started again: what a pipeline remembers must not show where that was. */
import { assert, it } from "@effect/vitest"
import { type Batch, CheckpointStore, StateStore } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Arbitrary, Effect, Layer, Schema } from "effect"
import { isDeepStrictEqual } from "node:util"
import { type Batches, type Build, itemsOf } from "./support.ts"

type Backend = "generated" | "closures"

/** What is remembered between runs: by a `StateStore`, or by a checkpoint, in snapshots or in the deltas of batches alone. */
type Home = "store" | "snapshots" | "deltas"

const homes: Record<Home, Layer.Layer<never> | Layer.Layer<StateStore>> = {
  store: Layer.empty,
  snapshots: Layer.provideMerge(StateStore.layerMemory, CheckpointStore.layerMemory),
  deltas: Layer.suspend(() => Layer.provideMerge(StateStore.layerMemory, withoutSnapshots))
}

/** What a stream emits when its pipeline is stopped after each of `lengths` batches and started again. */
export const restarted = <A, B, E>(
  batches: Batches<A>,
  lengths: ReadonlyArray<number>,
  build: Build<A, B, E, StateStore>,
  backend: Backend = "generated",
  home: Home = "store"
): Effect.Effect<ReadonlyArray<Batch.Batch<B>>> =>
  Effect.orDie(TestPipeline.runInLegs(batches, lengths, build, { backend, layer: homes[home] }))

/** Everything is in the deltas of the batches, from the first one on. */
const withoutSnapshots: Layer.Layer<CheckpointStore.CheckpointStore> = Layer.effect(
  CheckpointStore.CheckpointStore,
  Effect.map(CheckpointStore.CheckpointStore, (store) =>
    CheckpointStore.CheckpointStore.of({
      ...store,
      claim: (pipeline, options) =>
        Effect.map(store.claim(pipeline, options), (claim) => ({
          ...claim,
          seal: (manifest) =>
            Effect.map(claim.seal(manifest), (journal) => ({ ...journal, snapshot: () => Effect.void }))
        }))
    }))
).pipe(Layer.provide(CheckpointStore.layerMemory))

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
  const all: ReadonlyArray<Home> = ["store", "snapshots", "deltas"]
  it.effect.each(all)(`${title} (%s)`, (home) =>
    Effect.gen(function*() {
      const result = yield* Arbitrary.checkEffect(Arbitrary.all([batches, lengths]), ([batches, lengths]) =>
        Effect.gen(function*() {
          const whole = yield* itemsOf(batches, build)
          const backend = lengths.length % 2 === 0 ? "generated" : "closures"
          const parts = yield* restarted(batches, lengths, build, backend, home)
          assert.deepStrictEqual(parts.map(({ time }) => time), batches.map((_, index) => (index + 1) * 1000))
          return isDeepStrictEqual(parts.map(({ items }) => items), whole)
        }), { runs, size: 40 })
      if (result._tag === "Falsified") {
        const [batches, lengths] = result.shrunkInput
        const whole = yield* itemsOf(batches, build)
        const parts = yield* restarted(batches, lengths, build, "generated", home)
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
