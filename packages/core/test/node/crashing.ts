/** Stores that end a run at an effect that a test chooses, as a process ends that is killed there. */
import { CheckpointStore, type OperatorState, StateStore } from "@millrace/core"
import { Context, Effect, Layer } from "effect"

/** How many effects are left until the next one is not done, or, at a half, is done and its end not seen. */
export class Fuse extends Context.Service<Fuse, { left: number }>()("Fuse") {
  static readonly layer = Layer.sync(Fuse, () => ({ left: Infinity }))
}

export class Killed extends Error {}

const burn = (fuse: { left: number }) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const { left } = fuse
    fuse.left = left - 1
    if (left >= 1) return effect
    const killed = Effect.die(new Killed())
    return left > 0 ? Effect.andThen(effect, killed) : killed
  })

const crashingState = (state: OperatorState, fuse: { left: number }): OperatorState => {
  const burning = burn(fuse)
  return {
    get appliedBatch() {
      return state.appliedBatch
    },
    get load() {
      return state.load
    },
    apply: (batch, delta) => burning(state.apply(batch, delta)),
    save: (batch, snapshot) => burning(state.save(batch, snapshot)),
    isSaveDue: () => state.isSaveDue(),
    get flush() {
      return burning(state.flush)
    },
    keys: state.keys
  }
}

export const crashingStates = <E>(layer: Layer.Layer<StateStore, E>): Layer.Layer<StateStore, E, Fuse> =>
  Layer.effect(
    StateStore,
    Effect.gen(function*() {
      const fuse = yield* Fuse
      const store = yield* StateStore
      return StateStore.of({
        keeps: store.keeps,
        open: (operator, options) => Effect.map(store.open(operator, options), (state) => crashingState(state, fuse))
      })
    })
  ).pipe(Layer.provide(layer))

export const crashingCheckpoints: Layer.Layer<CheckpointStore.CheckpointStore, never, Fuse> = Layer.effect(
  CheckpointStore.CheckpointStore,
  Effect.gen(function*() {
    const burning = burn(yield* Fuse)
    const store = yield* CheckpointStore.CheckpointStore
    return CheckpointStore.CheckpointStore.of({
      ...store,
      claim: (pipeline, options) =>
        Effect.map(store.claim(pipeline, options), (claim) => ({
          ...claim,
          seal: (manifest) =>
            Effect.map(claim.seal(manifest), (journal) => ({
              ...journal,
              sync: burning(journal.sync),
              snapshot: (snapshot, keepFrom) => burning(journal.snapshot(snapshot, keepFrom))
            }))
        }))
    })
  })
).pipe(Layer.provide(CheckpointStore.layerMemory))
