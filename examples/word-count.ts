/**
 * Counts the words of each second's lines, as Spark's first example does.
 *
 *   nc -lk 9999
 *   npm run example -- word-count 127.0.0.1 9999
 */
import { DStream, Pipeline } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import * as Tcp from "@millrace/receivers/Tcp"
import * as Console from "@millrace/sinks/Console"

const [host = "127.0.0.1", port = "9999"] = process.argv.slice(2)

const counts = DStream.fromReceiver(Tcp.lines({ name: "words", host, port: Number(port) })).pipe(
  DStream.flatMap((line) => line.split(" ")),
  DStream.map((word) => [word, 1]),
  DStream.reduceByKey((left, right) => left + right)
)

const wordCount = Pipeline.make("word-count", {
  batchInterval: "1 second",
  outputs: [DStream.to(counts, "print", Console.print())]
})

runMain(wordCount)
