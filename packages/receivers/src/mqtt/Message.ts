/** A message, as pipelines see it and as the journal keeps it. */
import { isUtf8 } from "node:buffer"
import * as Schema from "effect/Schema"

/**
 * A message with a payload of type `A`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Message<out A> {
  readonly topic: string
  readonly payload: A
  /** At which it came: the lower one of what the publisher and the subscription chose. */
  readonly qos: 0 | 1 | 2
  /** The broker had kept it as the last one of its topic before the subscription was made. */
  readonly retain: boolean
  /** The broker says that it may have been delivered before. */
  readonly duplicate: boolean
  /** The properties of MQTT 5; a message that came by MQTT 3.1.1 has none. */
  readonly contentType?: string | undefined
  readonly responseTopic?: string | undefined
  readonly correlationData?: Uint8Array | undefined
  /** Seconds that it was good for when it came. */
  readonly messageExpiry?: number | undefined
  /** Names may repeat. */
  readonly userProperties: ReadonlyArray<readonly [name: string, value: string]>
}

/**
 * The first value of a user property.
 *
 * ```ts import.meta.vitest
 * import * as Mqtt from "@millrace/receivers/Mqtt"
 *
 * Mqtt.userProperty({ userProperties: [["id", "7"], ["unit", "km/h"]] }, "unit") // => "km/h"
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const userProperty = (
  message: Pick<Message<unknown>, "userProperties">,
  name: string
): string | undefined => message.userProperties.find(([each]) => each === name)?.[1]

/** Bytes as text where they are UTF-8, so that journal and dead letters can be read; else as base64. */
const Bytes = { text: Schema.optionalKey(Schema.String), base64: Schema.optionalKey(Schema.String) }

/** What the journal keeps of a message. Its JSON is itself. */
export const Chunk = Schema.Struct({
  topic: Schema.String,
  ...Bytes,
  qos: Schema.Literals([0, 1, 2]),
  retain: Schema.Boolean,
  duplicate: Schema.Boolean,
  /** What tells it from its redelivery. */
  key: Schema.optionalKey(Schema.String),
  contentType: Schema.optionalKey(Schema.String),
  responseTopic: Schema.optionalKey(Schema.String),
  correlationData: Schema.optionalKey(Schema.String),
  messageExpiry: Schema.optionalKey(Schema.Number),
  userProperties: Schema.optionalKey(Schema.Array(Schema.Tuple([Schema.String, Schema.String])))
})

export type Chunk = typeof Chunk.Type

/** A payload as a chunk holds it. */
export type Payload = Pick<Chunk, "text" | "base64">

/** A copy: nothing of the buffer it was read into is held. */
export const writtenBytes = (payload: Buffer): Payload =>
  isUtf8(payload) ? { text: payload.toString("utf8") } : { base64: payload.toString("base64") }

export const bytesOf = ({ base64, text = "" }: Payload): Uint8Array =>
  base64 === undefined ? Buffer.from(text, "utf8") : Buffer.from(base64, "base64")

const none: ReadonlyArray<readonly [string, string]> = []

export const messageOf = <A>(chunk: Chunk, payload: A): Message<A> => {
  const { contentType, correlationData, duplicate, messageExpiry, qos, responseTopic, retain, topic } = chunk
  return {
    topic,
    payload,
    qos,
    retain,
    duplicate,
    contentType,
    responseTopic,
    correlationData: correlationData === undefined ? undefined : Buffer.from(correlationData, "base64"),
    messageExpiry,
    userProperties: chunk.userProperties ?? none
  }
}
