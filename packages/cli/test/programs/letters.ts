/** A pipeline that sets aside what is no number, and a way back for it. */
import { appendFileSync } from "node:fs"
import { BatchSink, type CheckpointStore, DeadLetters, DStream, Pipeline } from "@millrace/core"
import { CheckpointFiles, NodeDisk } from "@millrace/core/node"
import { Data, Effect, Layer } from "effect"

const numbers = DStream.fromIterable({ name: "numbers" }, ["1", "two", "3", "four"]).pipe(
  DStream.map((text) => {
    if (!/^\d+$/.test(text)) throw new Error("no number")
    return Number(text)
  }),
  DStream.onError("dead-letter"),
  DStream.to("printed", BatchSink.make(() => Effect.void))
)

export const pipeline: Pipeline.Pipeline<unknown, unknown> = Pipeline.make("numbers", {
  batchInterval: "10 millis",
  outputs: [numbers]
})

const directory = process.env["CHECKPOINTS"] ?? "nowhere"

const letters = Layer.provide(DeadLetters.layerFileSystem({ directory }), NodeDisk.layer)

export const layer: Layer.Layer<CheckpointStore.CheckpointStore | DeadLetters.DeadLetters> = Layer.merge(
  CheckpointFiles.layer({ directory }),
  letters
)

class SourceClosed extends Data.TaggedError("SourceClosed") {
  override get message(): string {
    return "the source is closed"
  }
}

export const redrive = ({ payload = "" }: DeadLetters.DeadLetter): Effect.Effect<void, SourceClosed> =>
  payload.includes(process.env["REFUSED"] ?? "nothing")
    ? Effect.fail(new SourceClosed())
    : Effect.sync(() => appendFileSync(`${directory}/again`, `${payload}\n`))
