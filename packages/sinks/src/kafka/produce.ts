import { type Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import type { Cluster } from "./Cluster.ts"
import { nobody } from "./driver.ts"
import { KafkaConnection } from "./KafkaConnection.ts"
import { KafkaError, type Reason } from "./KafkaError.ts"
import { makeTally, type Tally } from "./metrics.ts"
import { defaultRequestBytes, problemOf, type ProduceOptions } from "./options.ts"
import { type Numbered, ProducerSession } from "./ProducerSession.ts"
import { unitsOf } from "./records.ts"

/**
 * A record for each item, acknowledged by all replicas in sync (`acks=all`), by an idempotent producer. `AtLeastOnce`.
 *
 * Within one run a record is there once: what is sent again after a lost connection is known to the broker by its number,
 * for as long as it remembers the producer: a day after the time of its newest record, unless the broker says otherwise.
 * A batch that was on its way when the process ended is sent again by the next one, and its records may be there twice.
 * Readers that see each record once, whatever crashes, need `transactional`.
 *
 * Records of a partition are in the order of their items. An empty batch sends nothing.
 *
 * ```ts import.meta.vitest
 * import * as Kafka from "@millrace/sinks/Kafka"
 *
 * const sink = Kafka.produce({
 *   topic: "word-counts",
 *   record: ([word, n]: readonly [string, number]) => ({ key: word, value: String(n) }),
 *   compression: "lz4"
 * })
 * sink.commitClass // => "AtLeastOnce"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const produce = <A>(options: ProduceOptions<A>): BatchSink.BatchSink<A, KafkaError, KafkaConnection> =>
  BatchSink.fromOpen({
    commitClass: "AtLeastOnce",
    open: Effect.fnUntraced(function*({ output }) {
      const failed = (reason: Reason) => new KafkaError({ reason, output })
      const problem = problemOf(options)
      if (problem !== undefined) return yield* failed({ _tag: "BadOptions", problem })
      const cluster = yield* (yield* KafkaConnection).connect
      yield* Effect.mapError(cluster.leaders(options.topic), failed)
      const writer = new IdempotentWriter(cluster, options, makeTally(output, yield* Effect.context<never>()))
      yield* Effect.mapError(writer.begin(), failed)
      return {
        lastCommitted: Effect.succeedNone,
        commit: (batch) => Effect.mapError(writer.commit(batch), failed)
      }
    })
  })

class IdempotentWriter<A> {
  private readonly cluster: Cluster
  private readonly options: ProduceOptions<A>
  private readonly tally: Tally
  private readonly session: ProducerSession
  private readonly maxRequestBytes: number
  /** The batch that is on its way, with the numbers it was given: a try again sends the same. */
  private pending: { readonly batch: number; readonly numbered: ReadonlyArray<Numbered> } | undefined = undefined
  private isLost = false

  constructor(cluster: Cluster, options: ProduceOptions<A>, tally: Tally) {
    this.cluster = cluster
    this.options = options
    this.tally = tally
    this.maxRequestBytes = options.maxRequestBytes ?? defaultRequestBytes
    this.session = new ProducerSession({
      cluster,
      transactionalId: null,
      transactionMillis: cluster.driver.requestMillis,
      maxRequestBytes: this.maxRequestBytes,
      compressor: cluster.driver.compressor(options.compression ?? "none")
    })
  }

  begin(): Effect.Effect<void, Reason> {
    return Effect.map(this.session.begin(nobody), () => {
      this.isLost = false
      this.pending = undefined
    })
  }

  commit(batch: Batch.Batch<A>): Effect.Effect<void, Reason> {
    if (batch.items.length === 0) return Effect.void
    return this.ready(batch.id).pipe(
      Effect.andThen(this.numbered(batch)),
      Effect.tap((numbered) => this.session.send(numbered)),
      Effect.tapError((reason) => Effect.sync(() => this.onFailure(reason))),
      Effect.map((numbered) => {
        this.pending = undefined
        this.tally.sent(numbered)
      })
    )
  }

  /** A batch that was given up has taken numbers that the brokers wait for. */
  private ready(batch: number): Effect.Effect<void, Reason> {
    return Effect.suspend(() => {
      const isGivenUp = this.pending !== undefined && this.pending.batch !== batch
      return this.isLost || isGivenUp ? this.begin() : Effect.void
    })
  }

  private numbered(batch: Batch.Batch<A>): Effect.Effect<ReadonlyArray<Numbered>, Reason> {
    if (this.pending?.batch === batch.id) return Effect.succeed(this.pending.numbered)
    const units = unitsOf(this.cluster, { ...this.options, maxRequestBytes: this.maxRequestBytes }, batch)
    return Effect.map(units, (made) => {
      const numbered = this.session.number(made)
      this.pending = { batch: batch.id, numbered }
      return numbered
    })
  }

  /** A broker that has forgotten the producer, or has refused numbers that were given, takes none of the next ones. */
  private onFailure({ _tag }: Reason): void {
    this.cluster.forget()
    this.tally.failed(_tag)
    if (_tag !== "ConnectionLost" && _tag !== "Busy") this.isLost = true
  }
}
