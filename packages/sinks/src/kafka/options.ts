/** What both forms of the sink can be told. */
import type * as Duration from "effect/Duration"
import type { Compression } from "./driver.ts"
import type { KafkaRecord } from "./records.ts"

/**
 * Where records go and what they are made of.
 *
 * @category options
 * @since 0.1.0
 */
export interface ProduceOptions<in A> {
  /** Has to be there when the sink is opened. */
  readonly topic: string
  /** The record of an item. Must be pure; if it throws, the batch fails before anything is sent. */
  readonly record: (item: A) => KafkaRecord
  /** Defaults to `"none"`. */
  readonly compression?: Compression | undefined
  /**
   * What a request takes at most before compression, and so the longest record. Defaults to 1,000,000, a little below
   * what topics take by default (`max.message.bytes`).
   */
  readonly maxRequestBytes?: number | undefined
}

/**
 * Where records go, and how transactions are named.
 *
 * @category options
 * @since 0.1.0
 */
export interface TransactionalOptions<in A> extends ProduceOptions<A> {
  /**
   * What the transactional id and the group of the output begin with: `prefix/pipeline/output`. Pipelines of one name on
   * one cluster need different ones. Defaults to `"millrace"`.
   */
  readonly prefix?: string | undefined
  /**
   * After which the brokers give up a transaction of a writer that went silent. Readers of committed records wait for it
   * as long. Not above the brokers' `transaction.max.timeout.ms`. Defaults to 1 minute.
   */
  readonly transactionTimeout?: Duration.Input | undefined
  /**
   * What to do when the cluster does not know which batches it has of a pipeline that has run before. `"refuse"`, the
   * default, fails with `PositionMissing`; `"begin"` takes it that the first batch is the one that is due: right for an
   * output that is new, and where somebody has looked.
   */
  readonly missingPosition?: "refuse" | "begin" | undefined
}

/** What is wrong with the options, in words. */
export const problemOf = <A>({ maxRequestBytes, topic }: ProduceOptions<A>): string | undefined => {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(topic) || topic === "." || topic === "..") {
    return `${JSON.stringify(topic)} is no name of a topic`
  }
  return maxRequestBytes === undefined || Number.isSafeInteger(maxRequestBytes) && maxRequestBytes >= 1_000 && maxRequestBytes <= maxBytes
    ? undefined
    : `\`maxRequestBytes\` is ${maxRequestBytes}. Give a whole number from 1,000 to ${maxBytes}`
}

/** What brokers take by default, `socket.request.max.bytes`. */
const maxBytes = 100_000_000

export const defaultRequestBytes = 1_000_000
