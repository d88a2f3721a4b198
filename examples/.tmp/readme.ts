import { DStream, Pipeline } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import * as Console from "@millrace/sinks/Console"
import { Schedule, Stream } from "effect"

const lines = Stream.make("to be or not to be", "that is the question").pipe(
  Stream.schedule(Schedule.spaced("1 second"))
)

const counts = DStream.fromStream({ name: "hamlet" }, lines).pipe(
  DStream.flatMap((line) => line.split(" ")),
  DStream.map((word) => [word, 1]),
  DStream.reduceByKey((left, right) => left + right)
)

runMain(Pipeline.make("word-count", {
  batchInterval: "1 second",
  outputs: [DStream.to(counts, "print", Console.print())]
}))
