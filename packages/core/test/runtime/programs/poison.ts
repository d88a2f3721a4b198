/**
 * A pipeline with one record that its process does not live through. Arguments: a directory, how the process ends
 * (`exit`, `abort`, `decode`, `loop`), how many records there are, which one it is, how the receiver gives them
 * (`replay`: lines in chunks, a position after each block; `log`: chunks that go into the journal). Batches go into
 * files.
 */
import { DeadLetters, Decoder, DStream, Pipeline, Receiver } from "@millrace/core"
import { CheckpointFiles, NodeDisk, runMain } from "@millrace/core/node"
import { Effect, Layer, Option, Schema, Stream } from "effect"
import * as fs from "node:fs"

const [directory = "", how = "", count = "", poison = "", kind = ""] = process.argv.slice(2)
const chunkRecords = 7
const blockChunks = 3

const end = () => {
  switch (how) {
    case "abort":
      return process.abort()
    case "loop":
      for (;;);
    default:
      return process.exit(3)
  }
}

const take = (line: string): number => {
  if (line === poison) end()
  return Number(line)
}

const decoder = how === "decode"
  ? Decoder.flatMap((chunk: string) => chunk.split("\n").map((line) => String(take(line))))
  : Decoder.split("\n")

const chunks = (from: number): ReadonlyArray<ReadonlyArray<string>> => {
  const lines = Array.from({ length: Number(count) }, (_, n) => String(n)).slice(from)
  return Array.from(
    { length: Math.ceil(lines.length / chunkRecords) },
    (_, index) => lines.slice(index * chunkRecords, (index + 1) * chunkRecords)
  )
}

const blocks = (from: number): ReadonlyArray<Receiver.Block<string, number>> => {
  const all = chunks(from)
  let position = from
  return Array.from({ length: Math.ceil(all.length / blockChunks) }, (_, index) => {
    const own = all.slice(index * blockChunks, (index + 1) * blockChunks)
    const records = own.flat().length
    position += records
    return { payload: own.map((lines) => lines.join("\n")), records, bytes: records * 4, resumeAfter: position }
  })
}

const replaying = Receiver.make<string, string, number>({
  name: "lines",
  delivery: "Replayable",
  initialRate: Infinity,
  position: Schema.Int,
  decoder,
  open: (after) => Effect.succeed(Stream.fromIterable(blocks(Option.getOrElse(after, () => 0)))),
  reread: ({ after, until }) =>
    Effect.succeed(chunks(Option.getOrElse(after, () => 0)).flat().slice(0, until - Option.getOrElse(after, () => 0)))
})

/** Gives all of it at each start; what is in the journal is known again. */
const logged = Receiver.make<string, string>({
  name: "lines",
  delivery: "Acknowledged",
  initialRate: Infinity,
  chunk: Schema.String,
  identify: (chunk) => chunk,
  decoder,
  open: () => Effect.succeed(Stream.fromIterable(blocks(0).map(({ resumeAfter: _, ...block }) => block)))
})

const lines = DStream.fromReceiver(kind === "log" ? logged : replaying)
const numbers = DStream.map(lines, how === "decode" ? Number : take)
const output = DStream.foreachBatch(numbers, "numbers", ({ id, items }) =>
  Effect.sync(() => {
    if (items.length > 0) fs.writeFileSync(`${directory}/batch-${id}`, items.join("\n"))
  }))

runMain(
  Pipeline.make("poison", { batchInterval: "30 millis", batchDeadline: "1 second", outputs: [output] }),
  {
    layer: Layer.merge(
      CheckpointFiles.layer({ directory: `${directory}/checkpoint`, durability: "os", allowNetworkFileSystem: true }),
      Layer.provide(
        DeadLetters.layerFileSystem({ directory: `${directory}/checkpoint`, allowNetworkFileSystem: true }),
        NodeDisk.layer
      )
    )
  }
)
