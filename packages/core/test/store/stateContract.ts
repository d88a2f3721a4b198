/** What every `StateStore` owes the engine, whatever it is made of. */
import { assert, it } from "@effect/vitest"
import { type Delta, type OperatorState, StateStore } from "@millrace/core"
import { Effect, Exit, type Layer, Scope } from "effect"

const total = { pipeline: "shop", operator: "totals" }

const delta = (names: ReadonlyArray<string>, at: number, removed: ReadonlyArray<string> = []): Delta => ({
  removed,
  names,
  values: names.map((name) => `${name}@${at}`),
  rest: { at }
})

/** All that is there, by name, in the order of age. */
const entriesOf = (deltas: ReadonlyArray<Delta>): ReadonlyArray<readonly [unknown, unknown]> => {
  const entries = new Map<unknown, unknown>()
  for (const { names, removed, values } of deltas) {
    for (const name of removed) entries.delete(name)
    names.forEach((name, index) => entries.set(name, values[index]))
  }
  return [...entries]
}

const loaded = (state: OperatorState) => Effect.map(state.load, entriesOf)

/** `again` makes a layer over what the last one of `layer` left, where that outlives it. */
export const keepsStateContract = (
  title: string,
  layer: () => Layer.Layer<StateStore, unknown>,
  byKey: boolean
): void => {
  const check = <A, E>(name: string, effect: Effect.Effect<A, E, StateStore | Scope.Scope>) =>
    it.effect(`${title}: ${name}`, () => Effect.scoped(Effect.provide(effect, layer())))
  const open = (operator = total) => Effect.flatMap(StateStore, (store) => store.open(operator, { byKey }))

  check("is empty at first", Effect.gen(function*() {
    const state = yield* open()
    assert.strictEqual(state.appliedBatch, 0)
    assert.deepStrictEqual(yield* state.load, [])
  }))

  check("takes deltas in order, and gives all of them to the next run", Effect.gen(function*() {
    const state = yield* open()
    yield* state.apply(3, delta(["a", "b", "c"], 1))
    yield* state.apply(4, delta(["b", "d"], 2, ["a"]))
    yield* state.apply(7, delta(["b", "a"], 3, ["b", "c"]))
    assert.strictEqual(state.appliedBatch, 7)
    const next = yield* open()
    assert.strictEqual(next.appliedBatch, 7)
    assert.deepStrictEqual(yield* loaded(next), [["d", "d@2"], ["b", "b@3"], ["a", "a@3"]])
  }))

  check("a batch that is not newer changes nothing", Effect.gen(function*() {
    const state = yield* open()
    yield* state.apply(2, delta(["a"], 1))
    yield* state.apply(2, delta(["a", "b"], 2))
    yield* state.apply(1, delta(["c"], 3, ["a"]))
    assert.strictEqual(state.appliedBatch, 2)
    assert.deepStrictEqual(yield* loaded(state), [["a", "a@1"]])
  }))

  check("a snapshot takes the place of all there was", Effect.gen(function*() {
    const state = yield* open()
    yield* state.apply(1, delta(["a", "b"], 1))
    yield* state.save(5, delta(["c", "a"], 2))
    yield* state.apply(5, delta(["d"], 3))
    yield* state.apply(6, delta(["e"], 4))
    yield* state.flush
    assert.strictEqual(state.appliedBatch, 6)
    assert.deepStrictEqual(yield* loaded(yield* open()), [["c", "c@2"], ["a", "a@2"], ["e", "e@4"]])
  }))

  check("operators and pipelines are kept apart", Effect.gen(function*() {
    const one = yield* open()
    const other = yield* open({ pipeline: "shop", operator: "others" })
    const third = yield* open({ pipeline: "shop\",\"totals", operator: "totals" })
    yield* one.apply(1, delta(["a"], 1))
    yield* other.apply(2, delta(["b"], 1))
    assert.deepStrictEqual(yield* loaded(other), [["b", "b@1"]])
    assert.deepStrictEqual([one, other, third].map(({ appliedBatch }) => appliedBatch), [1, 2, 0])
  }))

  check("a run that was overtaken has no effect", Effect.gen(function*() {
    const scope = yield* Scope.make()
    const older = yield* Scope.provide(open(), scope)
    yield* older.apply(1, delta(["a"], 1))
    const newer = yield* open()
    const refused = yield* Effect.flip(older.apply(2, delta(["b"], 2)))
    assert.strictEqual(refused.reason._tag, "StateTakenOver")
    assert.include(refused.message, `operator "totals" of pipeline "shop"`)
    yield* newer.apply(2, delta(["c"], 2))
    yield* Scope.close(scope, Exit.void)
    yield* newer.apply(3, delta(["d"], 2))
    assert.deepStrictEqual(yield* loaded(newer), [["a", "a@1"], ["c", "c@2"], ["d", "d@2"]])
  }))
}
