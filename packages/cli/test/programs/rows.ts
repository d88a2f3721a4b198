/** Rows that can be read again, as many as the environment says; then the end, or silence. */
import { BatchSink, type CheckpointStore, DStream, Pipeline, Receiver } from "@millrace/core"
import { CheckpointFiles } from "@millrace/core/node"
import { Effect, Layer, Option, Schema, Stream } from "effect"

export type Row = readonly [key: string, value: number]

const all: ReadonlyArray<Row> = [["a", 1], ["b", 2], ["a", 3], ["b", 10], ["c", 7], ["a", 100], ["d", 4]]

const rows = all.slice(0, Number(process.env["ROWS"] ?? all.length))
const mode = process.env["MODE"] ?? "end"

export const receiver: Receiver.Receiver<Row> = Receiver.make({
  name: "rows",
  delivery: "Replayable",
  initialRate: Infinity,
  position: Schema.Int,
  open: (after: Option.Option<number>) => {
    const from = Option.getOrElse(after, () => 0)
    const left = from >= rows.length
      ? Stream.empty
      : Stream.make({ payload: rows.slice(from), records: rows.length - from, bytes: 8, resumeAfter: rows.length })
    return Effect.succeed(mode === "end" ? left : Stream.concat(left, Stream.never))
  },
  reread: ({ after, until }) => Effect.sync(() => rows.slice(Option.getOrElse(after, () => 0), until))
})

let after = 0

/** Prints its items. With `MODE=kill` the process ends hard, some batches after the last row came. */
const sink = BatchSink.make((batch: { readonly items: ReadonlyArray<unknown> }) =>
  Effect.sync(() => {
    for (const item of batch.items) process.stdout.write(`${JSON.stringify(item)}\n`)
    if (batch.items.length > 0 || after > 0) after++
    if (mode === "kill" && after > 3) process.kill(process.pid, "SIGKILL")
    if (mode === "live" && after > 3) process.stdout.write("alive\n")
  }))

export const totals = (stream: DStream.DStream<unknown, never, unknown>): Pipeline.Pipeline<unknown, unknown> =>
  Pipeline.make("totals", {
    batchInterval: "10 millis",
    outbox: "off",
    outputs: [DStream.to(stream, "printed", sink)]
  })

const directory = process.env["CHECKPOINTS"]

/** Nothing where the directory is given by hand. */
export const layer: Layer.Layer<CheckpointStore.CheckpointStore> | undefined = directory === undefined ? undefined : Layer.fresh(CheckpointFiles.layer({ directory }))
