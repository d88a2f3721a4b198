/** A pipeline as a main program, for the tests of `runMain`: what it does is its first argument. */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import { Context, Effect, Layer, Schedule, Stream } from "effect"

class Prefix extends Context.Service<Prefix, { readonly text: string }>()("test/Prefix") {}

const say = (text: string) => Effect.sync(() => process.stdout.write(`${text}\n`))

const opened = Receiver.make({
  name: "words",
  initialRate: Infinity,
  open: () =>
    Effect.as(
      Effect.andThen(Effect.acquireRelease(say("opened"), () => say("closed")), Effect.void),
      Stream.concat(
        Stream.succeed({ payload: ["to", "be"], records: 2, bytes: 4 }),
        Stream.concat(Stream.drain(Stream.fromEffect(say("given"))), Stream.never)
      )
    )
})

const pipeline = (commit: (words: string) => Effect.Effect<unknown, string>, options: Partial<Pipeline.Options> = {}) =>
  Pipeline.make("words", {
    ...options,
    batchInterval: "1 hour",
    outputs: [
      DStream.foreachBatch(DStream.fromReceiver(opened), "say", (batch) => commit(`batch ${batch.id}: ${batch.items.join(" ")}`))
    ]
  })

switch (process.argv[2]) {
  case "drain":
    runMain(pipeline(say))
    break
  case "stuck":
    runMain(pipeline((words) => Effect.andThen(say(words), Effect.never)))
    break
  case "timeout":
    runMain(pipeline((words) => Effect.andThen(say(words), Effect.never), { drainTimeout: "200 millis" }))
    break
  case "ends": {
    const words = DStream.fromIterable({ name: "words" }, ["to", "be"])
    const output = DStream.foreachBatch(words, "say", (batch) =>
      Effect.flatMap(Prefix, (prefix) => say(`${prefix.text} ${batch.items.join(" ")}`)))
    runMain(Pipeline.make("words", { batchInterval: "1 second", outputs: [output] }), {
      layer: Layer.succeed(Prefix, { text: "layer:" })
    })
    break
  }
  case "prints": {
    const ticks = DStream.fromReceiver(Receiver.rate({ name: "ticks", rowsPerSecond: 100 }))
    const output = DStream.foreachBatch(ticks, "say", (batch) => say(`batch ${batch.id}`))
    const ended = Effect.sync(() => process.stderr.write("drained\n"))
    runMain(Effect.ensuring(
      Pipeline.run(Pipeline.make("words", { batchInterval: "50 millis", outputs: [output] })),
      ended
    ))
    break
  }
  case "lingers":
    setTimeout(() => {}, 60_000)
    runMain(say("done"))
    break
  case "fails": {
    const words = DStream.map(DStream.fromIterable({ name: "words" }, ["to"]), (): string => {
      throw new RangeError("too much")
    })
    runMain(Pipeline.make("words", { batchInterval: "1 second", outputs: [DStream.foreachBatch(words, "say", () => Effect.void)] }))
    break
  }
  case "interrupted": {
    const words = DStream.fromIterable({ name: "words" }, ["to"])
    const output = DStream.foreachBatch(words, "say", () => Effect.interrupt)
    runMain(Pipeline.make("words", { batchInterval: "1 second", outputs: [output], retry: Schedule.recurs(0) }))
    break
  }
  case "invalid":
    runMain(Pipeline.make("", { batchInterval: 0, outputs: [] }))
    break
}
