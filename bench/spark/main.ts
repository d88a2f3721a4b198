/**
 * Millrace beside Spark Streaming, on the same input and the same cores:
 * `npm run bench:spark -- [--only WORKLOAD] [--json FILE]`.
 */
import { writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { prepare } from "./jvm.ts"
import { calm, measure, type Measured } from "./measure.ts"
import { type Workload, workloads } from "./protocol.ts"
import type { Program } from "./Side.ts"

const { values: options } = parseArgs({ options: { only: { type: "string" }, json: { type: "string" } } })
const chosen = workloads.filter((workload) => options.only === undefined || workload === options.only)

/** The whole of it takes some six minutes. */
const patienceMillis = 8 * 60_000
setTimeout(() => {
  console.error(`It did not end within ${patienceMillis / 60_000} minutes`)
  process.exit(1)
}, patienceMillis).unref()

const titles: Record<Workload, string> = {
  words: "word count over a socket, lines of six words",
  window: "keyed count over a window of ten batches, sliding by one; 10,000 keys",
  state: "running totals with mapWithState; 10,000 keys"
}

const ours: Program = {
  command: process.execPath,
  args: ["--conditions=@millrace/source", "--max-old-space-size=2048", join(import.meta.dirname, "millrace.ts")]
}

/** A row: what it is, its number, how it is shown, and whether more is better. */
const rows: ReadonlyArray<readonly [string, (measured: Measured) => number | undefined, string, "more" | "less"]> = [
  ["sustained", ({ rate }) => rate, "lines/s", "more"],
  ["p50", ({ delay }) => delay.p50, "ms", "less"],
  ["p99", ({ delay }) => delay.p99, "ms", "less"],
  ["smallestInterval", ({ smallestInterval }) => smallestInterval, "ms", "less"],
  ["firstResult", ({ firstResultMillis }) => firstResultMillis, "ms", "less"],
  ["memory", ({ memoryMiB }) => memoryMiB, "MiB", "less"]
]

const shown = (n: number | undefined, unit: string) =>
  n === undefined ? "–" : `${Math.round(n).toLocaleString("en")} ${unit}`

const figures: Record<string, number> = {}

const report = (workload: Workload, millrace: Measured | undefined, spark: Measured | undefined) => {
  for (const [name, of, unit, better] of rows) {
    const left = millrace && of(millrace)
    const right = spark && of(spark)
    const [over, under] = better === "more" ? [left, right] : [right, left]
    const ratio = over === undefined || under === undefined ? undefined : over / under
    for (const [side, n] of [["millrace", left], ["spark", right], ["vs.spark", ratio]] as const) {
      if (n !== undefined && Number.isFinite(n)) figures[`${workload}.${name}.${side}`] = n
    }
    const more = name === "sustained" && millrace?.rateIsMore ? "or more " : ""
    const columns = [shown(left, unit).padStart(18), shown(right, unit).padStart(18)]
    console.log(`${name.padEnd(18)}${columns.join("")}   ${ratio === undefined ? "" : `${ratio.toFixed(1)}x ${more}`}`)
  }
}

const tried = async (name: string, program: Program, workload: Workload): Promise<Measured | undefined> => {
  try {
    return await measure(program, workload)
  } catch (error) {
    console.log(`${name}, ${workload}: not measured, ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

const jvm = await prepare()
if (jvm._tag === "Missing") console.log(`Spark's side cannot be started: ${jvm.why}. Millrace is measured alone.`)
console.log(`${availableParallelism()} cores. Delays and memory at ${calm.rate} lines/s and ${calm.intervalMillis} ms`)
console.log("Ratios above 1: Millrace is better")
for (const workload of chosen) {
  const spark = jvm._tag === "Ready" ? await tried("Spark", jvm, workload) : undefined
  const millrace = await tried("Millrace", ours, workload)
  console.log(`\n${titles[workload]}\n${"".padEnd(18)}${"Millrace".padStart(18)}${"Spark".padStart(18)}`)
  report(workload, millrace, spark)
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`)
process.exit(0)
