/**
 * A sink that keeps what it is given, as a sink of the commit class it plays would.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Batch } from "../batch/Batch.ts"
import * as BatchSink from "../dstream/BatchSink.ts"

/**
 * A newer start of the same output has been opened: who writes now is a leftover.
 *
 * @category errors
 * @since 0.1.0
 */
export class StaleEpoch extends Data.TaggedError("StaleEpoch")<{
  readonly output: string
  readonly epoch: number
  readonly newest: number
}> {
  readonly isRetryable = false
  override get message() {
    const output = JSON.stringify(this.output)
    return `Output ${output} was opened with epoch ${this.newest}; epoch ${this.epoch} may no longer write`
  }
}

/**
 * The sink and what it holds.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordingSink<A, out E = never> {
  readonly sink: BatchSink.BatchSink<A, E | StaleEpoch>
  /** What it holds, in the order in which it came. */
  readonly batches: Effect.Effect<ReadonlyArray<Batch<A>>>
  /** Every commit that was tried, repeated and failed ones too. */
  readonly tried: Effect.Effect<ReadonlyArray<Batch<A>>>
  readonly opened: Effect.Effect<ReadonlyArray<BatchSink.Identity>>
}

/**
 * What kind of sink it plays, and when it fails.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<in A, out E> {
  /** Defaults to `"Transactional"`: a batch id it has is not written again, an older epoch is refused. */
  readonly commitClass?: BatchSink.CommitClass | undefined
  /** The error that a commit fails with, before anything is kept; `attempt` counts from 1 for each batch id. */
  readonly fail?: ((batch: Batch<A>, attempt: number) => E | undefined) | undefined
}

/**
 * Makes one, empty.
 *
 * ```ts import.meta.vitest
 * import { Batch } from "@millrace/core"
 * import { RecordingSink } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const kept = await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
 *   const { batches, sink } = yield* RecordingSink.make<string>()
 *   const writer = yield* sink.open({ pipeline: "p", output: "o", epoch: 1 })
 *   yield* writer.commit(Batch.make(1, 1_000, ["a"]))
 *   yield* writer.commit(Batch.make(1, 1_000, ["a"]))
 *   return yield* batches
 * })))
 * kept.length // => 1
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A, E = never>(options?: Options<A, E>): Effect.Effect<RecordingSink<A, E>> =>
  Effect.sync(() => {
    const record = new Record<A, E>(options?.commitClass ?? "Transactional", options?.fail)
    const sink = BatchSink.fromOpen({
      commitClass: record.commitClass,
      open: (identity) => Effect.suspend(() => record.open(identity))
    })
    return {
      sink,
      batches: Effect.sync(() => record.kept.map(({ batch }) => batch)),
      tried: Effect.sync(() => [...record.tried]),
      opened: Effect.sync(() => [...record.opened])
    }
  })

class Record<A, E> {
  readonly kept: Array<{ readonly of: string; readonly batch: Batch<A> }> = []
  readonly tried: Array<Batch<A>> = []
  readonly opened: Array<BatchSink.Identity> = []
  private readonly epochs = new Map<string, number>()
  private readonly attempts = new Map<string, number>()
  readonly commitClass: BatchSink.CommitClass
  private readonly fail: Options<A, E>["fail"]

  constructor(commitClass: BatchSink.CommitClass, fail: Options<A, E>["fail"]) {
    this.commitClass = commitClass
    this.fail = fail
  }

  open(identity: BatchSink.Identity): Effect.Effect<BatchSink.Writer<A, E | StaleEpoch>, StaleEpoch> {
    const of = JSON.stringify([identity.pipeline, identity.output])
    this.opened.push(identity)
    const stale = this.stale(of, identity)
    if (stale !== undefined) return Effect.fail(stale)
    this.epochs.set(of, identity.epoch)
    return Effect.succeed({
      lastCommitted: Effect.sync(() =>
        this.commitClass === "Transactional" ? Option.fromNullishOr(this.newest(of)) : Option.none()
      ),
      commit: (batch) => Effect.suspend(() => this.commit(of, identity, batch))
    })
  }

  private commit(of: string, identity: BatchSink.Identity, batch: Batch<A>): Effect.Effect<void, E | StaleEpoch> {
    this.tried.push(batch)
    const stale = this.stale(of, identity)
    if (stale !== undefined) return Effect.fail(stale)
    const counted = JSON.stringify([of, batch.id])
    const attempt = (this.attempts.get(counted) ?? 0) + 1
    this.attempts.set(counted, attempt)
    const error = this.fail?.(batch, attempt)
    if (error !== undefined) return Effect.fail(error)
    this.keep(of, batch)
    return Effect.void
  }

  private keep(of: string, batch: Batch<A>): void {
    const place = this.kept.findIndex((other) => other.of === of && other.batch.id === batch.id)
    const isNew = {
      AtLeastOnce: true,
      IdempotentByBatch: place < 0,
      Transactional: batch.id > (this.newest(of) ?? 0),
      VersionedUpsert: batch.id > (this.newest(of) ?? 0)
    }[this.commitClass]
    if (isNew) this.kept.push({ of, batch })
    else if (this.commitClass === "IdempotentByBatch") this.kept[place] = { of, batch }
  }

  private newest(of: string): number | undefined {
    return this.kept.findLast((other) => other.of === of)?.batch.id
  }

  private stale(of: string, { epoch, output }: BatchSink.Identity): StaleEpoch | undefined {
    const newest = this.epochs.get(of) ?? epoch
    const isStale = this.commitClass === "Transactional" && epoch < newest
    return isStale ? new StaleEpoch({ output, epoch, newest }) : undefined
  }
}
