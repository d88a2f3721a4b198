/** What the tests of stores write: records, snapshots, and ways to run a store as several processes would. */
import { assert } from "@effect/vitest"
import type { CheckpointError, CheckpointStore } from "@millrace/core"
import { Effect, Exit, Scope } from "effect"

export type Store = CheckpointStore.CheckpointStore["Service"]

export const pipeline = "orders"

export const prepared = (batch: number): CheckpointStore.JournalRecord => ({
  _tag: "Prepared",
  batch,
  time: batch * 1000,
  missedBoundaries: 0,
  inputs: [{ receiver: "lines", records: 3, bytes: 30, after: batch - 1, until: batch }],
  changed: 1,
  emitted: 0,
  outputs: [{ output: "out", records: 2, digest: `d${batch}` }]
})

export const changed = (batch: number, delta: unknown = [["k", batch]]): CheckpointStore.JournalRecord => ({
  _tag: "Changed",
  batch,
  operator: "count",
  delta
})

export const committed = (batch: number): CheckpointStore.JournalRecord => ({ _tag: "Committed", batch })

export const data = (sequence: number, text = "böse \u0000 \ud83d\ude00"): CheckpointStore.JournalRecord => ({
  _tag: "Data",
  receiver: "__proto__",
  sequence,
  chunks: [text, { n: sequence }],
  records: 2,
  bytes: text.length
})

export const snapshotAt = (batch: number, size = 3): CheckpointStore.Snapshot => ({
  batch,
  time: batch * 1000,
  manifest: { pipeline },
  positions: { lines: batch },
  consumed: { lines: batch },
  identities: { lines: ["a", batch] },
  states: Array.from({ length: size }, (_, place) => ({ operator: "count", delta: [["k", batch], [place, "v"]] }))
})

/** A claim that ends when it is told to: by a crash, as far as the store can see. */
export interface Life {
  readonly claim: CheckpointStore.Claim
  readonly end: Effect.Effect<void>
}

export const begin = (
  store: Store,
  options?: CheckpointStore.ClaimOptions
): Effect.Effect<Life, CheckpointError> =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const claim = yield* Scope.provide(store.claim(pipeline, options), scope)
    return { claim, end: Scope.close(scope, Exit.void) }
  })

/** Claims, reads, seals. */
export const open = (store: Store, options?: CheckpointStore.ClaimOptions) =>
  Effect.gen(function*() {
    const life = yield* begin(store, options)
    const history = yield* life.claim.read
    const journal = yield* life.claim.seal({ epoch: life.claim.epoch })
    return { ...life, history, journal }
  })

/** What a run that starts now would find. */
export const found = (store: Store) =>
  Effect.gen(function*() {
    const life = yield* begin(store)
    const history = yield* life.claim.read
    yield* life.end
    return history
  })

/** The batches and kinds of records, without the seals: enough to compare with what was written. */
export const words = (history: CheckpointStore.History): ReadonlyArray<string> =>
  history.records.flatMap(({ record }) => {
    if (record._tag === "Seal") return []
    return [`${record._tag} ${record._tag === "Data" ? record.sequence : record.batch}`]
  })

export const placesAreWhole = (history: CheckpointStore.History): void => {
  for (const [place, { lsn }] of history.records.entries()) {
    assert.strictEqual(lsn, (history.records[0]?.lsn ?? 1) + place)
  }
}

/** Why it fails; that it does not is a mistake. */
export const reasonOf = <A, R>(effect: Effect.Effect<A, CheckpointError, R>): Effect.Effect<CheckpointError["reason"], never, R> =>
  Effect.flatMap(Effect.result(effect), (result) =>
    result._tag === "Failure" ? Effect.succeed(result.failure.reason) : Effect.die(new Error("it did not fail")))
