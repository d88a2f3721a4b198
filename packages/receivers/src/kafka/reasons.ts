/** What may go wrong with a broker and its records, one by one. */
import * as Schema from "effect/Schema"

const code = { code: Schema.String }
const place = { topic: Schema.String, partition: Schema.Int, offset: Schema.Number }

/** No broker can be reached, or the connection broke, or nothing came on it in time. */
export class ConnectionLost extends Schema.TaggedError<ConnectionLost>()("ConnectionLost", {
  /** What the system or the client calls it, as `ECONNREFUSED`. */
  ...code,
  brokers: Schema.Array(Schema.String)
}) {
  readonly isRetryable = true
  override get message() {
    return `no answer from ${this.brokers.join(", ")} (${this.code}); check that the brokers run and can be reached`
  }
}

/** The two sides agree on no secure connection. */
export class TlsFailed extends Schema.TaggedError<TlsFailed>()("TlsFailed", code) {
  readonly isRetryable = false
  override get message() {
    return `TLS failed (${this.code}); check ca, cert and servername, and whether the brokers speak TLS on this port`
  }
}

/** User, password or mechanism are not those of the brokers. */
export class AuthenticationFailed extends Schema.TaggedError<AuthenticationFailed>()("AuthenticationFailed", {}) {
  readonly isRetryable = false
  override get message() {
    return "the brokers refused the credentials; check mechanism, username and password"
  }
}

/** The user is known and may not do that. */
export class NotAllowed extends Schema.TaggedError<NotAllowed>()("NotAllowed", code) {
  readonly isRetryable = false
  override get message() {
    return `the user may not do that (${this.code}); it needs Read and Describe on the topics, and Read on a group`
  }
}

/** There is no such topic. */
export class UnknownTopic extends Schema.TaggedError<UnknownTopic>()("UnknownTopic", { topic: Schema.String }) {
  readonly isRetryable = false
  override get message() {
    return `there is no topic ${JSON.stringify(this.topic)}; check its name, or make it`
  }
}

/** A partition has fewer records than were read of it: they were removed before they could be read. */
export class OffsetOutOfRange extends Schema.TaggedError<OffsetOutOfRange>()("OffsetOutOfRange", {
  /** Where reading was to go on. */
  ...place,
  /** The offsets that are there: from `earliest`, up to and without `latest`. */
  earliest: Schema.Number,
  latest: Schema.Number
}) {
  readonly isRetryable = false
  /** How many offsets are gone. They may have held fewer records. */
  get lost(): number {
    return Math.max(0, this.earliest - this.offset)
  }
  override get message() {
    const { earliest, latest, offset, partition, topic } = this
    const what = offset < earliest
      ? `offsets ${offset} to ${earliest - 1} were removed before they were read`
      : `offset ${offset} is behind the end, ${latest}: the partition lost what was read of it`
    return `topic ${JSON.stringify(topic)}, partition ${partition}: ${what}; ` +
      "onLostData: \"earliest\" or \"latest\" goes on without them"
  }
}

/** The topic was deleted, and another one of the same name was made. */
export class TopicReplaced extends Schema.TaggedError<TopicReplaced>()("TopicReplaced", {
  topic: Schema.String,
  /** What the brokers called the one that was read, and what they call the one that is there. */
  id: Schema.String,
  newId: Schema.String
}) {
  readonly isRetryable = false
  override get message() {
    return `topic ${JSON.stringify(this.topic)} is not the one that was read, ${this.id}: it was deleted and made anew, ` +
      `${this.newId}; onLostData: "earliest" or "latest" goes on with the new one`
  }
}

/** A record is larger than allowed. */
export class RecordTooLarge extends Schema.TaggedError<RecordTooLarge>()("RecordTooLarge", {
  ...place,
  bytes: Schema.Number,
  limit: Schema.Number
}) {
  readonly isRetryable = false
  override get message() {
    const { bytes, limit, offset, partition, topic } = this
    return `topic ${JSON.stringify(topic)}, partition ${partition}: the record at offset ${offset} has ${bytes} bytes, ` +
      `${limit} are allowed; raise maxRecordBytes`
  }
}

/** A compressed batch of records becomes larger than allowed. */
export class BatchTooLarge extends Schema.TaggedError<BatchTooLarge>()("BatchTooLarge", {
  ...place,
  limit: Schema.Number
}) {
  readonly isRetryable = false
  override get message() {
    const { limit, offset, partition, topic } = this
    return `topic ${JSON.stringify(topic)}, partition ${partition}: the compressed batch of records from offset ${offset} on ` +
      `becomes larger than ${limit} bytes; raise maxUnpackedBytes`
  }
}

/** The bytes of a batch of records are none that can be read. */
export class CorruptRecords extends Schema.TaggedError<CorruptRecords>()("CorruptRecords", {
  ...place,
  detail: Schema.String
}) {
  readonly isRetryable = false
  override get message() {
    const { detail, offset, partition, topic } = this
    return `topic ${JSON.stringify(topic)}, partition ${partition}: what is stored from offset ${offset} on cannot be ` +
      `read: ${detail}`
  }
}

/** The brokers are there and could not, just then: a leader is elected, a coordinator loads, a quota is used up. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", code) {
  readonly isRetryable = true
  override get message() {
    return `the brokers could not, just then (${this.code}); it is tried again`
  }
}

/** The brokers are too old for what is asked of them. */
export class UnsupportedVersion extends Schema.TaggedError<UnsupportedVersion>()("UnsupportedVersion", {
  api: Schema.String
}) {
  readonly isRetryable = false
  override get message() {
    return `the brokers know no version of ${this.api} that is spoken here; Kafka 3.1 or later is needed`
  }
}

/** The group counts this member as gone, and it could not come back. */
export class GroupLost extends Schema.TaggedError<GroupLost>()("GroupLost", { group: Schema.String, ...code }) {
  readonly isRetryable = true
  override get message() {
    return `the membership in group ${JSON.stringify(this.group)} was lost (${this.code}); it is joined again`
  }
}

/** The brokers refused for a reason of their own. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", code) {
  readonly isRetryable = false
  override get message() {
    return `the brokers refused (${this.code})`
  }
}

/** An option has a value that cannot be used. */
export class InvalidOption extends Schema.TaggedError<InvalidOption>()("InvalidOption", {
  option: Schema.String,
  expected: Schema.String
}) {
  readonly isRetryable = false
  override get message() {
    return `${this.option} must be ${this.expected}`
  }
}
