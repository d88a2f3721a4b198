/**
 * Counts the words of a text file, and can be stopped at any moment: started again, it goes on where it was.
 *
 *   npm run example -- stop-and-resume words.txt running-counts
 *
 * Stop it with Ctrl-C: it finishes what it has read and ends. Or end it with `kill -9`, or pull the plug. Start it again
 * with the same arguments, and every word is counted once all the same. `running-counts/counts` has a file for each
 * batch, with the new count of every word of the batch; `running-counts/checkpoint` has what is needed to go on. Without
 * that directory it starts from the beginning.
 */
import { DStream, Pipeline, StateStore } from "@millrace/core"
import { CheckpointFiles, runMain } from "@millrace/core/node"
import * as InputFiles from "@millrace/receivers/Files"
import * as Files from "@millrace/sinks/Files"
import { Layer } from "effect"
import { join } from "node:path"

const [path = "words.txt", directory = "running-counts"] = process.argv.slice(2)

/** Slowly, so that there is time to stop it. */
const lines = DStream.fromReceiver(InputFiles.lines({ name: "words", path, blockBytes: 4096, initialRate: 500, maxRate: 500 }))

const counts = lines.pipe(
  DStream.split(" "),
  DStream.keyBy((word) => word),
  DStream.runningCountByKey({ name: "counts" })
)

const pipeline = Pipeline.make("stop-and-resume", {
  batchInterval: "100 millis",
  guarantee: "exactly-once",
  outputs: [
    DStream.to(counts, "counts", Files.text({
      directory: join(directory, "counts"),
      suffix: "txt",
      skipEmpty: true,
      format: ([word, count]) => `${word} ${count}`
    }))
  ]
})

runMain(pipeline, {
  layer: Layer.merge(
    StateStore.layerMemory,
    CheckpointFiles.layer({ directory: join(directory, "checkpoint") })
  )
})
