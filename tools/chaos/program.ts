/**
 * The program that is killed: lines in, a running count per key, a window over it, and sinks that must hold each record
 * once. Its settings are its first argument, as JSON.
 */
import { DStream, Pipeline, StateStore } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import * as Files from "@millrace/sinks/Files"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { layerOf } from "./layer.ts"
import { brokersOf, linesOf } from "./linesOf.ts"
import { parse } from "./input.ts"
import { rows } from "./Rows.ts"
import { batchMillis, type Counted, type Settings, slideMillis, windowMillis } from "./Settings.ts"
import { kafkaSink, postgresSink } from "./sinks.ts"

const settings: Settings = JSON.parse(process.argv[2] ?? "{}")
const { directory } = settings

const lines = linesOf(settings)

const pairs = DStream.map(lines, (line) => {
  const entry = parse(line)
  return [entry.key, entry]
})

const counted = DStream.mapWithState(pairs, {
  name: "counts",
  state: Schema.Struct({ count: Schema.Number, sum: Schema.Number }),
  step: ({ id, key, seq, value }, state) => {
    const next = { count: (state?.count ?? 0) + 1, sum: (state?.sum ?? 0) + value }
    return [next, { id, key, seq, value, ...next }]
  }
})

const windows = pairs.pipe(
  DStream.mapValues(({ value }) => ({ count: 1, sum: value })),
  DStream.reduceByKeyAndWindow({
    name: "windows",
    windowDuration: windowMillis,
    slideDuration: slideMillis,
    value: Schema.Struct({ count: Schema.Number, sum: Schema.Number }),
    reduce: (left, right) => ({ count: left.count + right.count, sum: left.sum + right.sum })
  })
)

/** A record with what was remembered of its key, as a line. */
const format = ({ count, id, key, seq, sum, value }: Counted): string => `${id} ${key} ${seq} ${value} ${count} ${sum}`

/** A broker that is ended is there again within seconds. */
const patience = Schedule.max([Schedule.spaced("250 millis"), Schedule.recurs(200)])

const options = {
  restart: patience,
  retry: patience,
  batchInterval: batchMillis,
  takeover: settings.takeover,
  outbox: settings.outbox,
  snapshotAfterBytes: settings.journalBytes
}

const first = [
  DStream.to(counted, "records", Files.text({ directory: join(directory, "records"), suffix: "txt", format })),
  DStream.to(counted, "rows", rows(join(directory, "rows.sqlite"), format))
]

const last = DStream.to(windows, "windows", Files.text({
  directory: join(directory, "windows"),
  suffix: "txt",
  format: ([key, { count, sum }]) => `${key} ${count} ${sum}`
}))

const more = [
  ...settings.postgres === undefined ? [] : [DStream.to(counted, "postgres", postgresSink(settings.postgres, format))],
  ...settings.kafka === undefined ? [] : [DStream.to(counted, "kafka", kafkaSink(settings.kafka, format))]
]

const remembering = settings.forgets ? StateStore.layerMemory : layerOf(directory, settings.journalBytes)

runMain(Pipeline.make("chaos", { ...options, outputs: [...first, ...more, last] }), {
  layer: Layer.merge(remembering, brokersOf(settings))
})
