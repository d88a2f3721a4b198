import { DStream, type Pipeline } from "@millrace/core"
import { Schema } from "effect"
import { receiver, totals } from "./rows.ts"

export { layer } from "./rows.ts"

export const pipeline: Pipeline.Pipeline<unknown, unknown> = totals(DStream.mapWithState(DStream.fromReceiver(receiver), {
  name: "totals by key",
  state: Schema.Number,
  step: (n, sum, key) => [(sum ?? 0) + n, [key, (sum ?? 0) + n] as const]
}))
