/**
 * A pipeline in a process of its own, to be killed: `node program.ts <url> <table> <commitTable> <directory> <batch>`. It
 * says "written" when the rows of that batch are sent and not yet committed, and waits there; without a batch it ends.
 */
import { type Batch, DStream, Pipeline, Receiver, StateStore } from "@millrace/core"
import { CheckpointFiles } from "@millrace/core/node"
import * as MySql from "@millrace/sinks/MySql"
import { Effect, Layer, Redacted } from "effect"

const [url = "", table = "", commitTable = "", directory = "", last = ""] = process.argv.slice(2)
const numbers = Array.from({ length: 60 }, (_, index) => index)
const threes = Array.from({ length: 20 }, (_, index) => numbers.slice(index * 3, index * 3 + 3))

const sink = MySql.transaction((sql, { id, items }: Batch.Batch<number>) =>
  Effect.gen(function*() {
    yield* Effect.forEach(items, (n) => sql`insert into ${sql(table)} ${sql.insert({ n })}`, { discard: true })
    if (last === "" || id < Number(last)) return
    process.stdout.write("written\n")
    return yield* Effect.never
  }), { commitTable })

const pipeline = Pipeline.make("numbers", {
  batchInterval: "10 millis",
  guarantee: "exactly-once",
  outputs: [DStream.to(DStream.fromReceiver(Receiver.queue({ name: "numbers" }, threes)), "rows", sink)]
})

const layer = Layer.mergeAll(
  StateStore.layerMemory,
  CheckpointFiles.layer({ directory }),
  MySql.layer({ url: Redacted.make(url) })
)

await Effect.runPromise(Effect.provide(Pipeline.run(pipeline), layer))
