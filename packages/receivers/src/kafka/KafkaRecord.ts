import type { Header } from "./RawRecord.ts"

/**
 * A record of a topic. A key or a value that is `null` is none: a record with a key and no value says that the key was
 * deleted.
 *
 * Offsets are numbers: JSON keeps them, they cost a fraction of a `bigint`, and up to 2^53 they are exact, which no
 * partition reaches: at a million records a second it takes 285 years.
 *
 * @category models
 * @since 0.1.0
 */
export interface KafkaRecord<out Key, out Value> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch, by the clock of the producer or of the broker, as the topic says. */
  readonly timestamp: number
  /** In the order in which they were written; a key may be there twice. */
  readonly headers: ReadonlyArray<Header>
  readonly key: Key | null
  readonly value: Value | null
}
