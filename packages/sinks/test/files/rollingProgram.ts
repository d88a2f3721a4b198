/** Writes numbers to a rolling output, with a checkpoint, until it is killed: `rollingProgram.ts <directory> <records>`. */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { CheckpointFiles, runMain } from "@millrace/core/node"
import * as Files from "@millrace/sinks/Files"
import { Effect, Schema } from "effect"
import { join } from "node:path"

const [directory = "out", records = "1000"] = process.argv.slice(2)

/** Ten a batch, so that there is time to kill it. */
const numbers = DStream.fromReceiver(Receiver.ranges({
  name: "numbers",
  position: Schema.Int,
  start: 0,
  latest: Effect.succeed(Number(records)),
  limit: (from, latest) => Math.min(latest, from + 10),
  read: (from, until) => Effect.succeed(Array.from({ length: until - from }, (_, n) => from + n))
}))
const sink = Files.text({
  directory: join(directory, "numbers"),
  suffix: "txt",
  format: (n: number) => String(n),
  rolling: { maxBytes: 500, maxAge: "1 second" }
})

runMain(
  Pipeline.make("numbers", {
    batchInterval: "10 millis",
    guarantee: "exactly-once",
    outputs: [DStream.to(numbers, "numbers", sink)]
  }),
  { layer: CheckpointFiles.layer({ directory: join(directory, "checkpoint") }) }
)
