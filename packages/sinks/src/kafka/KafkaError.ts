import * as Data from "effect/Data"

/**
 * Why Kafka could not be written to.
 *
 * Retryable: `ConnectionLost`, a broker is gone, or went away before it answered: the outcome is unknown, and the next try
 * finds out. `Busy`: the brokers cannot do it now. `ProducerLost`: they no longer know the producer, which starts anew.
 *
 * For good: `AuthenticationFailed`, `TlsFailed`, `NotAllowed` (the name of the missing right), `UnknownTopic`,
 * `RecordTooLarge`, `Fenced` (another start of the pipeline writes to the output), `PositionMissing` (the cluster has
 * forgotten which batches it has), `Unencodable`, `BadOptions`, `Rejected` (any other answer, by its name in the protocol).
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | { readonly _tag: "ConnectionLost" }
  | { readonly _tag: "Busy"; readonly code: string }
  | { readonly _tag: "ProducerLost"; readonly code: string }
  | { readonly _tag: "AuthenticationFailed" }
  | { readonly _tag: "TlsFailed"; readonly code: string }
  | { readonly _tag: "NotAllowed"; readonly code: string }
  | { readonly _tag: "UnknownTopic"; readonly topic: string | undefined }
  | {
    readonly _tag: "RecordTooLarge"
    /** Counts from 0 within the batch; nothing where a broker refused what was below `limit`. */
    readonly item: number | undefined
    readonly bytes: number | undefined
    /** `maxRequestBytes` of the sink. */
    readonly limit: number
  }
  | { readonly _tag: "Fenced"; readonly epoch: number; readonly by: number }
  | { readonly _tag: "PositionMissing"; readonly batch: number }
  | { readonly _tag: "Unencodable"; readonly item: number }
  | { readonly _tag: "BadOptions"; readonly problem: string }
  | { readonly _tag: "Rejected"; readonly code: string }

const retryable: ReadonlySet<Reason["_tag"]> = new Set(["ConnectionLost", "Busy", "ProducerLost"])

/** Whether the same may succeed later. */
export const isPassing = ({ _tag }: Reason): boolean => retryable.has(_tag)

/**
 * A batch could not be written to Kafka, or the sink could not be opened. Of a transactional output no reader of committed
 * records sees anything of it, unless the connection was lost: then the next try finds out.
 *
 * @category errors
 * @since 0.1.0
 */
export class KafkaError extends Data.TaggedError("KafkaError")<{
  readonly reason: Reason
  /** The name of the output; nothing where a layer has failed. */
  readonly output?: string | undefined
}> {
  get isRetryable(): boolean {
    return isPassing(this.reason)
  }

  override get message(): string {
    const what = this.output === undefined ? "Kafka cannot be used" : `Output ${JSON.stringify(this.output)} cannot be written to Kafka`
    return `${what}: ${describe(this.reason)}`
  }
}

const describe = (reason: Reason): string => {
  switch (reason._tag) {
    case "ConnectionLost":
      return "no broker answers, or the connection broke off. It is tried again"
    case "Busy":
      return `the brokers cannot do it now (${reason.code}). It is tried again`
    case "ProducerLost":
      return `the brokers no longer know the producer (${reason.code}). It starts anew`
    case "AuthenticationFailed":
      return "the credentials or the SASL mechanism are refused. Look at user, password and mechanism, and at the listener"
    case "TlsFailed":
      return `no TLS connection (${reason.code}). Look at the certificates, and whether this listener speaks TLS`
    case "NotAllowed":
      return `the user may not do that (${reason.code}). Grant what the documentation of the sink lists`
    case "UnknownTopic":
      return `topic ${reason.topic === undefined ? "of the batch" : JSON.stringify(reason.topic)} is not there. ` +
        "Create it, or correct the name"
    case "RecordTooLarge":
      return tooLarge(reason)
    case "Fenced":
      return `another start of the pipeline writes to it (epoch ${reason.by}, this is ${reason.epoch}). ` +
        "Where none runs, the checkpoint was removed or is an old copy: bring the right one back, or also remove the group that has its position"
    case "PositionMissing":
      return `the cluster does not know which batches it has, and this is batch ${reason.batch}. Its note was deleted or is ` +
        "older than the broker's offsets.retention.minutes. See that the topic ends with the batch before, then start once " +
        "with missingPosition: \"begin\"; the same for an output that is new in a pipeline that has run before"
    case "Unencodable":
      return `\`record\` failed with item ${reason.item} of the batch`
    case "BadOptions":
      return reason.problem
    case "Rejected":
      return `the broker answered ${reason.code}`
  }
}

const tooLarge = ({ bytes, item, limit }: Extract<Reason, { readonly _tag: "RecordTooLarge" }>): string =>
  item === undefined
    ? `a request below maxRequestBytes (${limit}) is above what the topic takes. Raise max.message.bytes of the topic, or ` +
      "lower maxRequestBytes"
    : `item ${item} of the batch makes a record of ${bytes} bytes, and maxRequestBytes is ${limit}. Raise it, and ` +
      "max.message.bytes of the topic with it, or emit less"
