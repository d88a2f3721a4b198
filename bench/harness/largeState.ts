/**
 * A program of its own: counts `--keys` keys on disk, each once, then some again. Prints one line of JSON. It is run with
 * a heap that the keys do not fit into.
 */
import { DStream, Pipeline } from "@millrace/core"
import { StateFiles } from "@millrace/core/node"
import * as Effect from "effect/Effect"
import { statSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { batchesOf, inDirectory } from "./checkpoints.ts"
import { quiet } from "./feed.ts"
import { skipping } from "./skippingClock.ts"

const { values } = parseArgs({ options: { keys: { type: "string" }, live: { type: "string" }, cache: { type: "string" } } })
const keys = Number(values.keys)
const perBatch = 100_000
const again = Math.min(keys, 1_000_000)
const live = Number(values.live ?? 100_000)
/** Half of what is live. */
const hot = live / 2

/** A prime: keys come in an order that no index likes, each once before one comes again. */
const stride = 7_368_787

/** What a part of the run takes its keys from, and how many records it has. */
interface Part {
  readonly name: string
  readonly records: number
  readonly key: (index: number) => number
}

const parts: ReadonlyArray<Part> = [
  { name: "new", records: keys, key: (index) => index * stride % keys },
  { name: "cold", records: again, key: (index) => (index * stride + 1) % keys },
  { name: "hot", records: again, key: (index) => index % Math.min(hot, keys) }
]

const cpuSeconds = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1e6
}

let heap = 0
let resident = 0

const measured = async (directory: string): Promise<Record<string, number>> => {
  const file = join(directory, "state.db")
  const rates: Record<string, number> = {}
  for (const { key, name, records } of parts) {
    let counted = 0
    const batch = (index: number) =>
      index * perBatch >= records
        ? undefined
        : Array.from({ length: Math.min(perBatch, records - index * perBatch) }, (_, at) =>
          [`user-${key(index * perBatch + at)}`, 1] as const)
    const input = DStream.fromReceiver(batchesOf(batch))
    const counts = DStream.foreachBatch(
      DStream.runningCountByKey(input, { name: "counts" }),
      "counts",
      ({ items }) =>
        Effect.sync(() => {
          counted += items.length
          const { heapUsed, rss } = process.memoryUsage()
          heap = Math.max(heap, heapUsed)
          resident = Math.max(resident, rss)
        })
    )
    const pipeline = Pipeline.make("large", { batchInterval: "1 minute", outputs: [counts] })
    const startedAt = performance.now()
    const usedBefore = cpuSeconds()
    await Effect.runPromise(Effect.provide(
      quiet(skipping(Pipeline.run(pipeline))),
      StateFiles.layerSqlite({
        file,
        maxLiveKeys: live,
        ...(values.cache === undefined ? {} : { cacheMebibytes: Number(values.cache) })
      })
    ))
    if (counted < Math.min(records, hot)) throw new Error(`${counted} keys of ${records} records were counted`)
    rates[name] = records / (performance.now() - startedAt) * 1000
    rates[`${name}Cpu`] = records / (cpuSeconds() - usedBefore)
  }
  return { ...rates, heap, resident, file: statSync(file).size }
}

console.log(JSON.stringify(await inDirectory(measured)))
