/** A pipeline of its own process, to be killed: each batch becomes a file that holds the payloads it took. */
import { BatchSink, DStream, Pipeline, StateStore } from "@millrace/core"
import { CheckpointFiles, runMain } from "@millrace/core/node"
import * as Mqtt from "@millrace/receivers/Mqtt"
import { Effect, Layer } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const [url = "", topic = "", qos = "1", directory = ""] = process.argv.slice(2)
const out = join(directory, "out")
mkdirSync(out, { recursive: true })

const messages = Mqtt.messages({
  name: "messages",
  clientId: topic,
  subscriptions: [topic],
  payload: Mqtt.string,
  qos: qos === "2" ? 2 : 1,
  sessionExpiry: "1 minute",
  receiveMaximum: 20,
  deduplicateBy: (message) => Mqtt.userProperty(message, "id")
})

/** The same file again for the same batch. */
const files = BatchSink.fromOpen({
  commitClass: "IdempotentByBatch",
  open: () =>
    Effect.succeed({
      lastCommitted: Effect.succeedNone,
      commit: ({ id, items }: { readonly id: number; readonly items: ReadonlyArray<string> }) =>
        Effect.sync(() => {
          if (items.length > 0) writeFileSync(join(out, String(id).padStart(6, "0")), items.map((item) => `${item}\n`).join(""))
        })
    })
})

const payloads = DStream.map(DStream.fromReceiver(messages), ({ payload }) => payload)
const pipeline = Pipeline.make("killed", {
  batchInterval: "20 millis",
  guarantee: "exactly-once",
  outputs: [DStream.to(payloads, "files", files)]
})

runMain(pipeline, {
  layer: Layer.mergeAll(
    Mqtt.layer({ url }),
    StateStore.layerMemory,
    CheckpointFiles.layer({ directory: join(directory, "checkpoint") })
  )
})
