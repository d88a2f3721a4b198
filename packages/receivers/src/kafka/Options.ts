/** What the Kafka receivers may be told. */
import type { Receiver } from "@millrace/core"
import type * as Duration from "effect/Duration"
import type { Isolation } from "./Brokers.ts"
import type { Format } from "./Format.ts"

/**
 * Where reading begins when there is no position to resume from. A `timestamp`, in milliseconds since the epoch: with the
 * first record of each partition that is not older. `offsets`: by topic and partition; partitions that are not named are
 * read from their beginning.
 *
 * @category options
 * @since 0.1.0
 */
export type Start =
  | "earliest"
  | "latest"
  | { readonly timestamp: number }
  | { readonly offsets: Readonly<Record<string, Readonly<Record<number, number>>>> }

/**
 * How records are read, whichever form reads them.
 *
 * @category options
 * @since 0.1.0
 */
export interface ReadOptions<Key, Value> extends Receiver.Options {
  /** How keys are read. Defaults to `Kafka.bytes`. */
  readonly key?: Format<Key> | undefined
  /** How values are read. Defaults to `Kafka.bytes`. */
  readonly value?: Format<Value> | undefined
  /**
   * `"read_committed"` (the default): records of transactions that were aborted are not seen, and those of open ones are
   * waited for, with all that come after them. `"read_uncommitted"`: all are seen at once.
   */
  readonly isolation?: Isolation | undefined
  /** Bytes that are fetched ahead, as they come over the wire; one answer of a broker may come on top. Defaults to 64 MiB. */
  readonly maxBufferBytes?: number | undefined
  /** How large a record may be. A larger one fails with `RecordTooLarge`, which says where it is. Defaults to 64 MiB. */
  readonly maxRecordBytes?: number | undefined
  /**
   * What a compressed batch of records may become. A larger one is not unpacked: it fails with `BatchTooLarge`, which says
   * where it is. Each partition has one batch unpacked at a time. Defaults to 64 MiB.
   */
  readonly maxUnpackedBytes?: number | undefined
  /**
   * Whether the checksum of each batch of records is looked at; one that is wrong fails with `CorruptRecords`. Defaults to
   * `true`. The name is that of Kafka's own clients.
   */
  readonly checkCrcs?: boolean | undefined
  /** How often new topics and partitions are looked for. Defaults to 30 seconds. */
  readonly discoveryInterval?: Duration.Input | undefined
  /**
   * What is done where records are gone that were still to be read, because they were kept for too short a time, or the
   * topic was deleted and made anew. `"fail"` (the default): the receiver fails with `OffsetOutOfRange` or `TopicReplaced`,
   * which say what was lost. `"earliest"` and `"latest"`: it goes on there, and counts what it lost.
   */
  readonly onLostData?: "fail" | "earliest" | "latest" | undefined
}

/**
 * Which topics `direct` reads: names, or all whose whole name matches a pattern, those included that are made later.
 *
 * @category options
 * @since 0.1.0
 */
export type Topics =
  | { readonly topics: ReadonlyArray<string>; readonly topicPattern?: undefined }
  | { readonly topicPattern: RegExp; readonly topics?: undefined }

/**
 * Options of `direct`.
 *
 * @category options
 * @since 0.1.0
 */
export type DirectOptions<Key, Value> = ReadOptions<Key, Value> & Topics & {
  /** Where to begin when there is nothing to resume from. */
  readonly start: Start
  /** Records per second of each partition that are never exceeded, but for one record a batch. Defaults to no limit. */
  readonly maxRatePerPartition?: number | undefined
  /**
   * How long a batch waits for records that the brokers are known to have and that did not come yet. What has not come by
   * then is for the next one. Defaults to 500 milliseconds.
   */
  readonly fetchTimeout?: Duration.Input | undefined
}

/**
 * Options of `subscribe`.
 *
 * @category options
 * @since 0.1.0
 */
export interface GroupOptions<Key, Value> extends ReadOptions<Key, Value> {
  readonly topics: ReadonlyArray<string>
  /** The consumer group. Those who read with the same id divide the partitions among them. */
  readonly groupId: string
  /** Where a partition is begun of which the group has committed nothing. Defaults to `"earliest"`. */
  readonly start?: "earliest" | "latest" | undefined
  /**
   * A name of this member that outlives it: who comes again under it before `sessionTimeout` is given its partitions
   * without a rebalance. No two may use one at a time.
   */
  readonly groupInstanceId?: string | undefined
  /** After so long without a heartbeat the group gives a member's partitions to others. Defaults to 45 seconds. */
  readonly sessionTimeout?: Duration.Input | undefined
  /** How long the members have to join again when the group is divided anew. Defaults to 60 seconds. */
  readonly rebalanceTimeout?: Duration.Input | undefined
  /**
   * How long a rebalance or a stop waits until what was handed over is safe and committed. What is not by then comes
   * again, to whoever owns its partition. At most half of `sessionTimeout`. Defaults to 5 seconds.
   */
  readonly drainTimeout?: Duration.Input | undefined
  /**
   * Whether records are written into the journal of a checkpoint before they are processed. `true` (the default): they
   * are committed once they are durable there, and one that comes again is known, so each is processed once. `false`:
   * they are committed once the outputs have their batch, and after a crash some of them are processed again.
   */
  readonly journal?: boolean | undefined
}
