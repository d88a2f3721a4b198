/** What `pipeline.ts` costs without its pipeline. */
import { DStream, Pipeline } from "@millrace/core"
import { Effect } from "effect"

const lines = DStream.fromIterable({ name: "lines" }, ["to be", "or not"])

export const pipeline = Pipeline.make("budget", {
  batchInterval: "1 second",
  outputs: [DStream.foreachBatch(lines, "out", () => Effect.void)]
})
