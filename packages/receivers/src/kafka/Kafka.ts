/**
 * Topics of Kafka as receivers.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { Decoder, Receiver } from "@millrace/core"
import type * as Option from "effect/Option"
import { Chunk, identify } from "./chunk.ts"
import { openDirect } from "./direct.ts"
import { bytes, decode } from "./Format.ts"
import type { KafkaConnection } from "./KafkaConnection.ts"
import type { KafkaError } from "./KafkaError.ts"
import type { KafkaRecord } from "./KafkaRecord.ts"
import type { DirectOptions, GroupOptions, ReadOptions } from "./Options.ts"
import { Position } from "./Position.ts"
import type { RawRecord } from "./RawRecord.ts"
import { reread } from "./reread.ts"
import { openGroup } from "./subscribe.ts"

/** Records are decoded in the loop of the pipeline, one by one: so one that cannot be is a dead letter of its own. */
const decoderOf = (
  { key = bytes, value = bytes }: ReadOptions<unknown, unknown>
): Decoder.Decoder<RawRecord, KafkaRecord<unknown, unknown>> => Decoder.flatMap(decode(key, value))

/**
 * Reads topics without a consumer group, as Spark's direct stream does: when a batch is cut, the engine chooses a range of
 * offsets of each partition, and the positions are in the checkpoint. A batch that has to be computed again is read again
 * by the same offsets, so with a checkpoint every record is processed exactly once.
 *
 * What a batch may take is divided among the partitions by how far behind each of them is, one record at least. New
 * partitions are read from their beginning, and so are topics that come to match a pattern. Nothing is committed to the
 * brokers: nobody else sees how far it is, but for the metric `millrace_kafka_lag_records`.
 *
 * Records whose key or value is not what its format reads fail the run, unless `DStream.onError` right behind
 * `DStream.fromReceiver` says otherwise. It never ends by itself.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import * as Kafka from "@millrace/receivers/Kafka"
 *
 * const clicks = Kafka.direct({ name: "clicks", topics: ["clicks"], start: "earliest", key: Kafka.string, value: Kafka.json })
 * const perUser = DStream.fromReceiver(clicks).pipe(
 *   DStream.onError("dead-letter"),
 *   DStream.map(({ key }) => key ?? "nobody"),
 *   DStream.countByValue
 * )
 * clicks.delivery // => "Replayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export function direct<Key = Uint8Array, Value = Uint8Array>(
  options: DirectOptions<Key, Value>
): Receiver.Receiver<KafkaRecord<Key, Value>, KafkaError, KafkaConnection>
export function direct(
  options: DirectOptions<unknown, unknown>
): Receiver.Receiver<KafkaRecord<unknown, unknown>, KafkaError, KafkaConnection> {
  return Receiver.perBatch({
    ...options,
    delivery: "Replayable",
    decoder: decoderOf(options),
    position: Position,
    open: (resumeAfter: Option.Option<Position>) => openDirect(options, resumeAfter),
    reread: (range) => reread(options, range)
  })
}

/**
 * Reads topics as a member of a consumer group: the brokers divide the partitions among all who use its `groupId`, and
 * keep how far the group is. An offset is committed only after its record is safe: with a checkpoint as soon as it is
 * durable in the journal, without one when the outputs have its batch.
 *
 * With a checkpoint a record that comes again is known by its topic, partition and offset and left out, as far back as a
 * million records: exactly once, as far as one pipeline goes. Where the partition of a record that was not committed yet
 * goes to another pipeline of the group, that one has it too. A rebalance waits for `drainTimeout` so that this is not
 * the rule. For exactly once without that `if` use `direct`.
 *
 * ```ts import.meta.vitest
 * import * as Kafka from "@millrace/receivers/Kafka"
 *
 * const clicks = Kafka.subscribe({ name: "clicks", groupId: "statistics", topics: ["clicks"], value: Kafka.string })
 * clicks.delivery // => "Acknowledged"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export function subscribe<Key = Uint8Array, Value = Uint8Array>(
  options: GroupOptions<Key, Value>
): Receiver.Receiver<KafkaRecord<Key, Value>, KafkaError, KafkaConnection>
export function subscribe(
  options: GroupOptions<unknown, unknown>
): Receiver.Receiver<KafkaRecord<unknown, unknown>, KafkaError, KafkaConnection> {
  return Receiver.make({
    ...options,
    delivery: "Acknowledged",
    decoder: decoderOf(options),
    ...(options.journal === false ? {} : { chunk: Chunk, identify }),
    open: () => openGroup(options)
  })
}
