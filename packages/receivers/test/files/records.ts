/** What the engine makes of chunks and positions, for tests without an engine. */
import type { Receiver } from "@millrace/core"
import * as Schema from "effect/Schema"

/** The records of chunks, as the receiver's decoder finds them. */
export const recordsOf = <A, E, R>(
  { decoder }: Receiver.Receiver<A, E, R>,
  payload: ReadonlyArray<unknown>
): ReadonlyArray<A> => {
  let records: ReadonlyArray<unknown> = payload
  for (const step of decoder.steps) {
    if (step.op !== "split") throw new Error("the file receivers only split")
    records = records.flatMap((text) => String(text).split(step.separator))
  }
  return records as ReadonlyArray<A>
}

/** A position as it comes back from a checkpoint. */
export const throughJson = (schema: Schema.Codec<unknown, unknown>, position: unknown): unknown => {
  const json = Schema.toCodecJson(schema)
  return Schema.decodeUnknownSync(json)(JSON.parse(JSON.stringify(Schema.encodeSync(json)(position))))
}
