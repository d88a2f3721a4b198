/**
 * What one operator remembers, as a `StateStore` keeps it.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { StateError } from "./StateError.ts"

/**
 * Which operator of which pipeline: both names are the user's and stay the same from start to start.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operator {
  readonly pipeline: string
  readonly operator: string
}

/**
 * What an operator remembers, or what one batch changed about it: columns of JSON. Taken in by removing what is
 * `removed`, then setting each of `names` to what stands at its place in `values`, in their order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Delta {
  readonly removed: ReadonlyArray<unknown>
  /** Within the operator, each once. What is new is in the order of its age. */
  readonly names: ReadonlyArray<unknown>
  /** As many as `names`. */
  readonly values: ReadonlyArray<unknown>
  /** What the operator has to say besides. Of state per key: see `KeyedRest`. */
  readonly rest?: unknown
}

/**
 * What a delta of state per key has to say besides.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyedRest {
  /** When the keys were updated last: each, or all of them. In milliseconds since the epoch. */
  readonly at?: number | ReadonlyArray<number> | undefined
  /** As many as `names`, where keys are structural. */
  readonly keys?: ReadonlyArray<unknown> | undefined
  /** That the initial state was taken, also when none of it is left. */
  readonly seeded?: true | undefined
}

/**
 * One key, as the batches left it that the store has taken in.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredKey {
  readonly name: unknown
  readonly value: unknown
  /** Set where `rest.keys` was. */
  readonly key?: unknown
  /** When it was updated last, as `rest.at` said. */
  readonly at: number
  /** Its age: a younger key has a higher one. */
  readonly serial: number
}

/**
 * State per key, for reading key by key. All of it is synchronous: a stage asks in the middle of its loop. A call that
 * cannot be answered throws, which fails the batch.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredKeys {
  /**
   * How many keys the engine may hold as live objects. It holds more only while batches are on their way that changed
   * more.
   */
  readonly maxLiveKeys: number
  /**
   * How many keys there are; the serial that the next new key gets, 1 at first: each gets the next higher one, and
   * those of keys that are gone are not given again; whether any key or `rest.seeded` was ever taken in.
   */
  readonly status: () => { readonly size: number; readonly next: number; readonly seeded: boolean }
  readonly get: (name: unknown) => StoredKey | undefined
  /**
   * Up to `limit` keys that were last updated before `before` and that come after the place given, in the order of their
   * last update, among equals of their age.
   */
  readonly oldest: (
    after: Pick<StoredKey, "at" | "serial"> | undefined,
    before: number,
    limit: number
  ) => ReadonlyArray<StoredKey>
  /** Up to `limit` keys with a serial higher than `after`, in the order of their age. */
  readonly byAge: (after: number, limit: number) => ReadonlyArray<StoredKey>
}

/**
 * What one operator remembers, opened for one run.
 *
 * @category models
 * @since 0.1.0
 */
export interface OperatorState {
  /** The newest batch that was taken in; 0: none. */
  readonly appliedBatch: number
  /** All that was taken in, in order: where the operator takes its state into memory. */
  readonly load: Effect.Effect<ReadonlyArray<Delta>, StateError>
  /**
   * Takes in what a batch changed, all of it or nothing. Batches come in order; one that is not newer than
   * `appliedBatch` changes nothing.
   */
  readonly apply: (batch: number, delta: Delta) => Effect.Effect<void, StateError>
  /** Takes all that is remembered after a batch in place of what was taken in before. */
  readonly save: (batch: number, snapshot: Delta) => Effect.Effect<void, StateError>
  /** Whether so many deltas were taken in that `save` would make `load` shorter. */
  readonly isSaveDue: () => boolean
  /** Ends when what was taken in survives a loss of power, where the store can see to that. */
  readonly flush: Effect.Effect<void, StateError>
  /** Set where the operator was opened by key and the store can be read so. */
  readonly keys: StoredKeys | undefined
}
