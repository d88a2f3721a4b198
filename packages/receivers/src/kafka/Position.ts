/** How far the partitions were read, as it is written down. */
import * as Schema from "effect/Schema"

/**
 * Where reading goes on: the next offset of each partition. It means something to this receiver alone.
 *
 * @category models
 * @since 0.1.0
 */
export const Position = Schema.Struct({
  /** How many blocks led here; each is a batch. */
  block: Schema.Int,
  topics: Schema.Record(
    Schema.String,
    Schema.Struct({
      /** What the brokers call the topic: another one of its name has another. */
      id: Schema.String,
      /** By the number of the partition: where it was first read, where the last block began, where the next one does. */
      partitions: Schema.Array(Schema.Tuple([Schema.Int, Schema.Int, Schema.Int]))
    })
  )
})

/** @category models @since 0.1.0 */
export type Position = typeof Position.Type

/** Offsets of one partition, from and including `from`, up to and without `until`. */
export interface OffsetRange {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly from: number
  readonly until: number
}

/**
 * What lies between two positions. Of one block it says itself where it began, which matters where offsets were lost in
 * between; several are read from where the one before them ended.
 */
export const rangesOf = (after: Position | undefined, until: Position): ReadonlyArray<OffsetRange> => {
  const isOneBlock = until.block === (after?.block ?? 0) + 1
  // As the records of the block came: an object has names that are numbers first.
  return Object.entries(until.topics).sort(([left], [right]) => left < right ? -1 : 1).flatMap(([topic, { id, partitions }]) =>
    partitions.flatMap(([origin, blockFrom, next], partition) => {
      const before = after?.topics[topic]
      const from = isOneBlock ? blockFrom : before?.id === id ? before.partitions[partition]?.[2] ?? origin : origin
      return from < next ? [{ topic, topicId: id, partition, from, until: next }] : []
    })
  )
}
