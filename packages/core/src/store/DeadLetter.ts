/** A record that was set aside, and how an item becomes one. */
import * as Schema from "effect/Schema"
import { Digest } from "../batch/digest.ts"

/**
 * A record that was set aside instead of ending the run, with what is known of it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DeadLetter = Schema.Struct({
  pipeline: Schema.String,
  batch: Schema.Int,
  /** Time of the batch, in milliseconds since the epoch. */
  time: Schema.Int,
  /**
   * Where it got stuck. `receiver`: it could not be cut out of a chunk. `step`: a function of the user threw for it.
   * `output`: a sink refused its batch for good. `state`: an operator had no room for its key. `crash`: the process
   * ended over it.
   */
  from: Schema.Literals(["receiver", "step", "output", "state", "crash"]),
  /** The receiver, the step, the output or the operator. */
  name: Schema.String,
  error: Schema.Struct({ name: Schema.String, message: Schema.String }),
  /** The record as JSON text. */
  payload: Schema.optionalKey(Schema.String),
  /** Why `payload` is absent, cut off, or not quite the record. */
  flaw: Schema.optionalKey(Schema.String),
  /**
   * Where its receiver stood after the batch, as JSON: the record is before that place in its source, and behind that of
   * the batch before. Only of receivers with positions, and of steps where there is one receiver.
   */
  position: Schema.optionalKey(Schema.Unknown)
})

/** @since 0.1.0 */
export type DeadLetter = typeof DeadLetter.Type

/** How long the text of a record may be, in bytes. */
export const maxPayloadBytes = 64 * 1024

/** How many letters one output of a batch may have, and how many bytes of payload in all of them. */
export const maxBatchLetters = 10_000
export const maxBatchBytes = 64 * 1024 * 1024

const maxMessage = 1000

/** Rows of databases have bigints, which JSON has not: their digits, in quotes. */
const readable = (_key: string, value: unknown): unknown => typeof value === "bigint" ? value.toString() : value

/** A record as a letter has it. */
export const payloadOf = (item: unknown): Pick<DeadLetter, "payload" | "flaw"> => {
  let text: string | undefined
  try {
    text = JSON.stringify(item, readable)
  } catch {
    return { flaw: "it cannot be written as JSON" }
  }
  if (text === undefined) return { flaw: `a ${typeof item} cannot be written as JSON` }
  const bytes = text.length * 3 <= maxPayloadBytes ? 0 : new TextEncoder().encode(text).length
  if (bytes > maxPayloadBytes) {
    return { payload: firstBytes(text), flaw: `cut off: it has ${bytes} bytes as JSON, more than ${maxPayloadBytes}` }
  }
  return isPlain(item) ? { payload: text } : { payload: text, flaw: "JSON does not give it back as it was" }
}

/** What the first bytes say; a character that is cut in half is left out. */
const firstBytes = (text: string): string => {
  const bytes = new TextEncoder().encode(text.slice(0, maxPayloadBytes)).subarray(0, maxPayloadBytes)
  return new TextDecoder().decode(bytes, { stream: true })
}

const isPlain = (item: unknown): boolean => {
  const digest = new Digest()
  digest.add([item])
  return digest.isJson
}

/** Name and message of what was thrown, bounded. What is no error may be the record itself, and is not shown. */
export const errorOf = (cause: unknown): DeadLetter["error"] => {
  try {
    if (cause instanceof Error) return { name: cause.name.slice(0, maxMessage), message: cause.message.slice(0, maxMessage) }
  } catch {
    return { name: "Error", message: "an error that cannot be shown" }
  }
  return { name: typeof cause, message: "what was thrown is no Error" }
}
