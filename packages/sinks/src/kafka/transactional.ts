import { type Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { KafkaConnection } from "./KafkaConnection.ts"
import { KafkaError, type Reason } from "./KafkaError.ts"
import { makeTally } from "./metrics.ts"
import { problemOf, type TransactionalOptions } from "./options.ts"
import { openWriter } from "./TransactionalWriter.ts"

/**
 * A record for each item. The records of a batch and the note that the cluster has it are one transaction of Kafka, and
 * an older start of the pipeline is refused: with a checkpoint, readers of committed records (`isolation.level` of
 * `read_committed`) see each item exactly once, whatever crashes (`Transactional`). Others see what was given up as well.
 *
 * The note is the metadata of an offset, in the group `millrace/<pipeline>/<output>`. It goes after the brokers'
 * `offsets.retention.minutes` without a batch, a week by default. A pipeline that was stopped for longer is refused with
 * `PositionMissing`.
 *
 * Records of a partition are in the order of their items. An empty batch leaves its note only.
 *
 * ```ts import.meta.vitest
 * import * as Kafka from "@millrace/sinks/Kafka"
 *
 * const sink = Kafka.transactional({
 *   topic: "word-counts",
 *   record: ([word, n]: readonly [string, number]) => ({ key: word, value: String(n) })
 * })
 * sink.commitClass // => "Transactional"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const transactional = <A>(options: TransactionalOptions<A>): BatchSink.BatchSink<A, KafkaError, KafkaConnection> =>
  BatchSink.fromOpen({
    commitClass: "Transactional",
    open: Effect.fnUntraced(function*(identity) {
      const { output } = identity
      const failed = (reason: Reason) => new KafkaError({ reason, output })
      const problem = problemOf(options)
      if (problem !== undefined) return yield* failed({ _tag: "BadOptions", problem })
      const cluster = yield* (yield* KafkaConnection).connect
      const tally = makeTally(output, yield* Effect.context<never>())
      const writer = yield* Effect.mapError(openWriter(cluster, options, identity, tally), failed)
      return {
        lastCommitted: Effect.mapError(
          Effect.map(writer.newest(), (batch) => batch === 0 ? Option.none() : Option.some(batch)),
          failed
        ),
        commit: (batch: Batch.Batch<A>) => Effect.mapError(writer.commit(batch), failed)
      }
    })
  })
