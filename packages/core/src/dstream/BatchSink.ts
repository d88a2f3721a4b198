/**
 * Where results go. A sink is told the batch id, so that it can refuse a repeat.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import type * as Scope from "effect/Scope"
import type * as Types from "effect/Types"
import type { Batch, BatchId } from "../batch/Batch.ts"
import type { BatchTime } from "../batch/BatchTime.ts"
import { effectOf } from "./effectOf.ts"

/** @since 0.1.0 */
export const TypeId = "~@millrace/core/BatchSink"

/**
 * How a sink treats a batch that comes twice. `Transactional`: rows and batch id are one transaction, and an older
 * epoch is refused. `IdempotentByBatch`: the same names or keys are written again with the same content.
 * `VersionedUpsert`: each row carries its batch id, and an older one is refused. `AtLeastOnce`: it may show twice.
 *
 * @category models
 * @since 0.1.0
 */
export type CommitClass = "Transactional" | "IdempotentByBatch" | "VersionedUpsert" | "AtLeastOnce"

/**
 * Who writes: which output of which pipeline, and which start of it. A higher epoch shuts out the lower ones.
 *
 * @category models
 * @since 0.1.0
 */
export interface Identity {
  readonly pipeline: string
  readonly output: string
  readonly epoch: number
}

/**
 * An open sink. Batches come one after the other, ids strictly increasing, except that a batch whose `commit` failed
 * or whose outcome is unknown may come again.
 *
 * @category models
 * @since 0.1.0
 */
export interface Writer<in A, out E = never, out R = never> {
  /** The newest batch the sink knows to be complete. `None` where it keeps no such record. */
  readonly lastCommitted: Effect.Effect<Option.Option<BatchId>, E, R>
  /**
   * The newest batch time, not later than `until`, that the sink has something of; for sinks that tell batches apart by
   * their time. A run that finds no checkpoint begins after it, so that it does not write over the run before.
   */
  readonly lastTime?: ((until: BatchTime) => Effect.Effect<Option.Option<BatchTime>, E, R>) | undefined
  readonly commit: (batch: Batch<A>) => Effect.Effect<void, E, R>
}

/**
 * A description of where batches of `A` go. Every run opens its own writer, in a scope that closes after the last
 * batch.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchSink<in A, out E = never, out R = never> {
  readonly [TypeId]: {
    readonly _A: Types.Contravariant<A>
    readonly _E: Types.Covariant<E>
    readonly _R: Types.Covariant<R>
  }
  readonly commitClass: CommitClass
  readonly open: (identity: Identity) => Effect.Effect<Writer<A, E, R>, E, R | Scope.Scope>
}

/**
 * Whether a value is a sink.
 *
 * @category guards
 * @since 0.1.0
 */
export const isBatchSink = (u: unknown): u is BatchSink<never, unknown, unknown> => hasProperty(u, TypeId)

const variance = { _A: (_: unknown) => {}, _E: (_: never) => _, _R: (_: never) => _ }

/**
 * The easy form: an effect per batch. `AtLeastOnce`, for what cannot tell a repeat.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A, X, E = never, R = never>(
  commit: (batch: Batch<A>) => Effect.Effect<X, E, R>
): BatchSink<A, E, R> =>
  fromOpen({
    commitClass: "AtLeastOnce",
    open: () => Effect.succeed({ lastCommitted: Effect.succeedNone, commit: (batch) => Effect.asVoid(effectOf(commit(batch))) })
  })

/**
 * The general form: opens a resource under an identity and gives a writer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromOpen = <A, E = never, R = never, RW = never>(options: {
  readonly commitClass: CommitClass
  readonly open: (identity: Identity) => Effect.Effect<Writer<A, E, RW>, E, R>
}): BatchSink<A, E, Exclude<R, Scope.Scope> | RW> => ({
  [TypeId]: variance,
  commitClass: options.commitClass,
  open: options.open as BatchSink<A, E, Exclude<R, Scope.Scope> | RW>["open"]
})
