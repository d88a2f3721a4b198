/**
 * Runs a pipeline with a checkpoint for long, and looks whether it stays as large as it was:
 * `npm run soak -- --minutes 10`.
 */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import * as Files from "@millrace/sinks/Files"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { layerOf } from "./layer.ts"
import { batchMillis, slideMillis, windowMillis } from "./Settings.ts"
import { heading, line, type Sample, trendsOf } from "./steadiness.ts"

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } })
const minutes = Number(values.minutes)
// Before that the process is still growing into its size, and nothing can be told.
if (!(minutes >= 2)) {
  console.error("--minutes is a number from 2 on")
  process.exit(1)
}

const directory = mkdtempSync(join(tmpdir(), "millrace-soak-"))
const rowsPerSecond = 20_000
const keys = 1_000
/** So many files of each output are left, as if somebody took the others away. */
const filesKept = 20

const journalBytes = 4 * 1024 * 1024

let given = 0
const pairs = DStream.fromReceiver(Receiver.rate({ name: "rate", rowsPerSecond, initialRate: Infinity })).pipe(
  DStream.map((line) => {
    given = (given + 1) % keys
    return [`${given} ${line.slice(-1)}`, 1]
  })
)

const counts = DStream.mapWithState(pairs, {
  name: "counts",
  state: Schema.Number,
  timeout: "5 seconds",
  step: (one, count) => [(count ?? 0) + one, (count ?? 0) + one]
})

const windows = DStream.reduceByKeyAndWindow(pairs, {
  name: "windows",
  windowDuration: windowMillis * 5,
  slideDuration: slideMillis,
  value: Schema.Number,
  reduce: (left, right) => left + right
})

const sink = (name: string) => join(directory, name)

const pipeline = Pipeline.make("soak", {
  batchInterval: batchMillis,
  snapshotAfterBytes: journalBytes,
  outputs: [
    DStream.to(DStream.count(counts), "counts", Files.jsonLines({ directory: sink("counts") })),
    DStream.to(windows, "windows", Files.jsonLines({ directory: sink("windows") }))
  ]
})

const sizeOf = (path: string): number =>
  readdirSync(path, { recursive: true, withFileTypes: true }).reduce((sum, entry) => {
    try {
      return entry.isFile() ? sum + statSync(join(entry.parentPath, entry.name)).size : sum
    } catch {
      return sum
    }
  }, 0)

const openFiles = (): number => process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0

const clear = (output: string): void => {
  const names = readdirSync(sink(output)).filter((name) => !name.startsWith(".")).sort()
  for (const name of names.slice(0, -filesKept)) rmSync(join(sink(output), name))
}

const fibers = Effect.map(Metric.snapshot, (series) => {
  const active = series.filter(({ id }) => id === "child_fibers_active")
  return active.reduce((sum, { state }) => "value" in state ? sum + Number(state.value) : sum, 0)
})

const startedAt = performance.now()

const sample = (batches: number) =>
  Effect.map(fibers, (fibers): Sample => {
    clear("counts")
    clear("windows")
    globalThis.gc?.()
    const { heapUsed, rss } = process.memoryUsage()
    return {
      seconds: (performance.now() - startedAt) / 1_000,
      batches,
      heapBytes: heapUsed,
      residentBytes: rss,
      openFiles: openFiles(),
      fibers,
      checkpointBytes: sizeOf(join(directory, "checkpoint"))
    }
  })

const soak = Effect.scoped(Effect.gen(function*() {
  const running = yield* Pipeline.start(pipeline)
  const samples: Array<Sample> = []
  yield* Effect.sleep("2 seconds")
  const look = Effect.gen(function*() {
    const { completedBatches } = yield* running.metrics
    const last = samples.at(-1)?.batches ?? 0
    if (completedBatches === last) return yield* Effect.die(new Error(`after batch ${last} there was none`))
    samples.push(yield* sample(completedBatches))
  })
  const lookouts = Math.max(10, Math.round(minutes * 30))
  yield* Effect.raceFirst(
    Effect.repeat(look, { times: lookouts - 1, schedule: Schedule.spaced("2 seconds") }),
    Effect.andThen(running.awaitTermination(), Effect.die(new Error("the pipeline ended")))
  )
  yield* running.stop
  return samples
}))

try {
  const provided = Effect.provide(soak, layerOf(directory, journalBytes))
  const samples = await Effect.runPromise(Metric.enableRuntimeMetrics(provided))
  const trends = trendsOf(samples)
  console.log(`${samples.at(-1)?.batches} batches in ${minutes} minutes`)
  console.log(heading)
  for (const trend of trends) console.log(line(trend))
  process.exitCode = trends.every(({ isFlat }) => isFlat) ? 0 : 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}
