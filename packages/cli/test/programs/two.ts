import { DStream, type Pipeline, State } from "@millrace/core"
import { Schema } from "effect"
import { receiver, totals } from "./rows.ts"

export { layer } from "./rows.ts"

const state = State.next(Schema.Number, Schema.Struct({ sum: Schema.Number }), (sum) => ({ sum }))

export const pipeline: Pipeline.Pipeline<unknown, unknown> = totals(DStream.mapWithState(DStream.fromReceiver(receiver), {
  name: "sums",
  state,
  step: (n, old, key) => [{ sum: (old?.sum ?? 0) + n }, [key, (old?.sum ?? 0) + n] as const]
}))
