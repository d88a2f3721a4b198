/** The pipeline of the main job, and how its run is shown. */
import { DStream, Pipeline, type Receiver } from "@millrace/core"
import * as Tcp from "@millrace/receivers/Tcp"
import { Effect, Fiber, Schedule, Stream } from "effect"
import * as Feeder from "./feeder.ts"
import type { Options, Source } from "./options.ts"
import * as Output from "./Output.ts"
import * as Report from "./Report.ts"
import { title } from "./table.ts"
import { type Tally, tallyOf, wordsOf } from "./words.ts"

/** Five tries in four seconds, each failure said. */
const restart = Schedule.exponential("250 millis").pipe(Schedule.upTo({ times: 4 }))

/** Counts the words of each batch, and gives the counts to `onTally`. */
const wordCount = <E>(
  lines: Receiver.Receiver<string, E>,
  { interval }: Options,
  onTally: (batch: number, tally: Tally) => void
) => {
  const counts = DStream.fromReceiver(lines).pipe(
    DStream.flatMap(wordsOf),
    DStream.map((word) => [word, 1]),
    DStream.reduceByKey((left, right) => left + right)
  )
  const tallied = DStream.foreachBatch(counts, "tally", ({ id, items }) =>
    Effect.sync(() => onTally(id, tallyOf(items))))
  return Pipeline.make("word-count", {
    batchInterval: interval,
    outputs: [tallied]
  })
}

/** Runs until the wanted batches are done, the receiver has given up, or it is interrupted, which drains it first. */
export const run = (options: Options) =>
  Effect.scoped(Effect.gen(function*() {
    const { about, receiver } = yield* open(options.source)
    const retries = options.source._tag !== "Listen"
    const tallies = new Map<number, Tally>()
    const pipeline = wordCount(receiver, options, (batch, tally) => tallies.set(batch, tally))
    const output = yield* (process.stdout.isTTY ? Output.live : Output.plain)(title(options, about), options.interval)
    const running = yield* Pipeline.start(pipeline, { batches: options.batches })
    // Where nothing is tried again, the failure itself is all there is to say.
    const events = Stream.filter(running.events, (event) => retries || event._tag !== "ReceiverError")
    const shown = yield* Effect.forkScoped(show(events, output, tallies), { startImmediately: true })
    // The events of the drain are shown too: this finalizer runs before the one that ends `shown`.
    yield* Effect.addFinalizer(() => Effect.andThen(running.stop, Fiber.await(shown)))
    yield* running.awaitTermination()
  }))

const open = Effect.fnUntraced(function*(source: Source) {
  const name = "lines"
  switch (source._tag) {
    case "Feeder": {
      const feeder = yield* Feeder.start(source.linesPerSecond)
      const rate = source.linesPerSecond.toLocaleString("en-US")
      const about = `127.0.0.1:${feeder.port}, where a feeder sends ${rate} lines/s of the ${feeder.files} documents ` +
        "in node_modules/effect"
      return { about, receiver: Tcp.lines({ name, host: "127.0.0.1", port: feeder.port, restart }) }
    }
    case "Connect": {
      const { host, port } = source
      return { about: `${host}:${port}`, receiver: Tcp.lines({ name, host, port, restart }) }
    }
    case "Listen": {
      const { host, port } = source
      const receiver = Tcp.listenLines({ name, host, port, restart: Schedule.upTo(restart, { times: 0 }) })
      return { about: `whoever connects to ${host}:${port}`, receiver }
    }
  }
})

const show = (events: Pipeline.RunningPipeline["events"], output: Output.Output, tallies: Map<number, Tally>) =>
  Effect.gen(function*() {
    let report = Report.empty
    yield* Stream.runForEach(events, (event) => {
      if (event._tag === "BatchCompleted") {
        const row = Report.rowOf(event, tallies.get(event.batch.id))
        tallies.delete(event.batch.id)
        report = Report.add(report, row)
        return output.batch(report, row)
      }
      const before = report
      report = Report.hear(before, event)
      return report.notice === before.notice ? Effect.void : output.notice(report)
    })
    yield* output.end(report)
  })
