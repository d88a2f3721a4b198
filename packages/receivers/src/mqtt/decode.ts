/** Payloads become values, inside the fused loop, where a policy says what becomes of those that cannot. */
import { Decoder } from "@millrace/core"
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { bytesOf, type Chunk, type Message, messageOf } from "./Message.ts"

/**
 * A payload that is not what the receiver was told it is. What it says is not quoted; the dead letter holds it.
 *
 * @category errors
 * @since 0.1.0
 */
export class UndecodablePayload extends Data.TaggedError("UndecodablePayload")<{
  readonly topic: string
  readonly expected: "UTF-8" | "JSON" | "schema"
  /** Where it differs from the schema. */
  readonly detail: string
}> {
  readonly isRetryable = false
  override get message(): string {
    const what = this.expected === "schema" ? `does not fit the schema: ${this.detail}` : `is no ${this.expected}`
    return `The payload of a message of topic ${JSON.stringify(this.topic)} ${what}`
  }
}

type Read<A> = (chunk: Chunk) => A

const decoder = <A>(read: Read<A>): Decoder.Decoder<Chunk, Message<A>> =>
  Decoder.flatMap((chunk) => [messageOf(chunk, read(chunk))])

const refuse = ({ topic }: Chunk, expected: UndecodablePayload["expected"], detail = ""): never => {
  throw new UndecodablePayload({ topic, expected, detail })
}

const readText: Read<string> = (chunk) => chunk.text ?? refuse(chunk, "UTF-8")

const readJson: Read<unknown> = (chunk) => {
  const text = readText(chunk)
  try {
    return JSON.parse(text)
  } catch {
    return refuse(chunk, "JSON")
  }
}

export const bytes: Decoder.Decoder<Chunk, Message<Uint8Array>> = decoder(bytesOf)
export const text: Decoder.Decoder<Chunk, Message<string>> = decoder(readText)
export const json: Decoder.Decoder<Chunk, Message<unknown>> = decoder(readJson)

export const schema = <A>(schema: Schema.Codec<A, unknown>): Decoder.Decoder<Chunk, Message<A>> => {
  const decode = Schema.decodeUnknownResult(Schema.toCodecJson(schema))
  return decoder((chunk) => {
    const decoded = decode(readJson(chunk))
    return Result.isSuccess(decoded) ? decoded.success : refuse(chunk, "schema", decoded.failure.message)
  })
}
