/**
 * Counts the words of text files as they appear in a directory: what Spark's `textFileStream` does. Prints the counts of
 * each batch, and keeps the counts of all files so far in files of their own, one for a day and not one for each batch.
 *
 *   mkdir inbox
 *   npm run example -- files-word-count inbox counts
 *   cp README.md inbox/.coming && mv inbox/.coming inbox/readme.txt
 *
 * A file has to be complete when it appears, so it is moved there. Stop it at any moment and start it again: files that
 * were put there meanwhile are read then, and those that were read are not read twice. `counts/checkpoint` has what is
 * needed for that.
 */
import { DStream, Pipeline, StateStore } from "@millrace/core"
import { CheckpointFiles, runMain } from "@millrace/core/node"
import * as InputFiles from "@millrace/receivers/Files"
import * as Console from "@millrace/sinks/Console"
import * as Files from "@millrace/sinks/Files"
import { Layer } from "effect"
import { join } from "node:path"

const [inbox = "inbox", directory = "counts"] = process.argv.slice(2)

const lines = DStream.fromReceiver(
  InputFiles.watch({ name: "inbox", path: inbox, pollInterval: "500 millis", format: InputFiles.textLines() })
)

const words = lines.pipe(
  DStream.flatMap((line) => line.split(/[^\p{L}\p{N}]+/u)),
  DStream.filter((word) => word !== ""),
  DStream.map((word) => word.toLowerCase())
)

const inBatch = DStream.countByValue(words)

const inTotal = words.pipe(
  DStream.keyBy((word) => word),
  DStream.runningCountByKey({ name: "counts" })
)

runMain(
  Pipeline.make("files-word-count", {
    batchInterval: "1 second",
    outputs: [
      DStream.to(inBatch, "print", Console.print()),
      DStream.to(inTotal, "counts", Files.text({
        directory: join(directory, "words"),
        suffix: "txt",
        format: ([word, count]) => `${word} ${count}`,
        rolling: { maxBytes: 64 * 1024 * 1024, maxAge: "1 day" }
      }))
    ]
  }),
  {
    layer: Layer.merge(
      StateStore.layerMemory,
      CheckpointFiles.layer({ directory: join(directory, "checkpoint") })
    )
  }
)
