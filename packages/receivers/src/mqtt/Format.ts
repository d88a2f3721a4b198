/** How payloads are read, inside the fused loop, where a policy says what becomes of those that cannot be. */
import { Decoder } from "@millrace/core"
import * as Data from "effect/Data"
import * as Schema from "effect/Schema"
import { bytesOf, type Chunk, type Message, messageOf, type Payload } from "./Message.ts"

/**
 * How a payload is read. What throws makes a decode failure of its message, see `messages`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Format<out A> {
  /** What it reads, for errors: `"UTF-8"`, `"JSON"`. */
  readonly name: string
  readonly read: (payload: Payload) => A
}

/** The bytes are no UTF-8. */
class NoText extends Error {}

const textOf = ({ text }: Payload): string => {
  if (text === undefined) throw new NoText()
  return text
}

const parsed = (payload: Payload): unknown => JSON.parse(textOf(payload))

/**
 * The bytes as they are.
 *
 * @category formats
 * @since 0.1.0
 */
export const bytes: Format<Uint8Array> = { name: "bytes", read: bytesOf }

/**
 * Text in UTF-8. Bytes that are none make a decode failure.
 *
 * @category formats
 * @since 0.1.0
 */
export const string: Format<string> = { name: "UTF-8", read: textOf }

/**
 * What JSON says.
 *
 * @category formats
 * @since 0.1.0
 */
export const json: Format<unknown> = { name: "JSON", read: parsed }

/**
 * JSON that fits a schema.
 *
 * ```ts import.meta.vitest
 * import * as Mqtt from "@millrace/receivers/Mqtt"
 * import { Schema } from "effect"
 *
 * const speeds = Mqtt.messages({
 *   name: "speeds",
 *   clientId: "speeds",
 *   subscriptions: ["$share/speeds/vehicles/+/speed"],
 *   payload: Mqtt.schema(Schema.Struct({ speed: Schema.Finite }))
 * })
 * speeds.name // => "speeds"
 * ```
 *
 * @category formats
 * @since 0.1.0
 */
export const schema = <A, I>(codec: Schema.Codec<A, I>): Format<A> => {
  const decode = Schema.decodeUnknownSync(Schema.toCodecJson(codec))
  return { name: "JSON of its schema", read: (payload) => decode(parsed(payload)) }
}

/**
 * Whatever `read` makes of the bytes: Avro, Protobuf, a number. What it throws makes a decode failure, without its text,
 * which may quote the payload.
 *
 * @category formats
 * @since 0.1.0
 */
export const format = <A>(name: string, read: (bytes: Uint8Array) => A): Format<A> => ({
  name,
  read: (payload) => read(bytesOf(payload))
})

/**
 * A message whose payload is not what its format reads. Without `onError` behind `DStream.fromReceiver` it fails the run.
 * It quotes nothing of the payload; the dead letter holds that.
 *
 * @category errors
 * @since 0.1.0
 */
export class UndecodablePayload extends Data.TaggedError("UndecodablePayload")<{
  readonly topic: string
  /** The name of the format, or `"UTF-8"` where it reads text and there was none. */
  readonly expected: string
}> {
  readonly isRetryable = false
  override get message(): string {
    return `The payload of a message of topic ${JSON.stringify(this.topic)} is not ${this.expected}. ` +
      "DStream.onError right behind DStream.fromReceiver drops such messages, or sets them aside"
  }
}

/** What the format throws may quote the payload: it is no cause either. */
const read = <A>(chunk: Chunk, format: Format<A>): A => {
  try {
    return format.read(chunk)
  } catch (error) {
    throw new UndecodablePayload({ topic: chunk.topic, expected: error instanceof NoText ? "UTF-8" : format.name })
  }
}

/** Messages are decoded one by one: so one that cannot be is a dead letter of its own. */
export const decoderOf = <A>(format: Format<A>): Decoder.Decoder<Chunk, Message<A>> =>
  Decoder.flatMap((chunk) => [messageOf(chunk, read(chunk, format))])
