/** Why records did not come from Kafka. */
import * as Schema from "effect/Schema"
import * as reasons from "./reasons.ts"

export const Reason = Schema.Union([
  reasons.ConnectionLost,
  reasons.TlsFailed,
  reasons.AuthenticationFailed,
  reasons.NotAllowed,
  reasons.UnknownTopic,
  reasons.OffsetOutOfRange,
  reasons.TopicReplaced,
  reasons.RecordTooLarge,
  reasons.BatchTooLarge,
  reasons.CorruptRecords,
  reasons.Unavailable,
  reasons.UnsupportedVersion,
  reasons.GroupLost,
  reasons.Refused,
  reasons.InvalidOption
])

/** @category errors @since 0.1.0 */
export type Reason = typeof Reason.Type

/**
 * What the Kafka receivers fail with. Branch on `reason`; the supervisor asks it `isRetryable`. No text of it quotes a
 * record, a password or what a broker said.
 *
 * @category errors
 * @since 0.1.0
 */
export class KafkaError extends Schema.TaggedError<KafkaError>()("KafkaError", {
  /** The receiver's name; absent where the options of the connection are wrong. */
  receiver: Schema.optionalKey(Schema.String),
  reason: Reason
}) {
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
  override get message() {
    const who = this.receiver === undefined ? "the connection to Kafka" : `receiver ${JSON.stringify(this.receiver)}`
    return `${who}: ${this.reason.message}`
  }
}
