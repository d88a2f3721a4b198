/** Measures what Millrace claims: `npm run bench -- [--only START-OF-NAME] [--json FILE] [--keys N]`. */
import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import type { Figure, Suite } from "./harness/Figure.ts"
import { pollute } from "./harness/pollute.ts"
import * as report from "./harness/report.ts"

const { values: options } = parseArgs({
  options: { only: { type: "string" }, json: { type: "string" }, keys: { type: "string" } }
})
/** How many keys are counted on disk. */
const keys = options.keys === undefined ? undefined : Number(options.keys)
const wanted = (name: string): boolean => options.only === undefined || name.startsWith(options.only)

/** A client that is loaded costs every batch some microseconds, of whatever pipeline: it waits until its turn, the last. */
const late = (names: Suite["names"], suite: () => Promise<Suite>) => async (): Promise<Suite> => ({
  names,
  run: async () => (await suite()).run()
})

const load: ReadonlyArray<() => Promise<Suite>> = [
  async () => (await import("./suites/chain.ts")).chain,
  async () => (await import("./suites/wordcount.ts")).wordcount,
  async () => (await import("./suites/wordcount.ts")).wordcountClosures,
  async () => (await import("./suites/wordcount.ts")).wordcountProse,
  async () => (await import("./suites/overhead.ts")).overhead,
  async () => (await import("./suites/pace.ts")).pace,
  async () => (await import("./suites/tcp.ts")).tcp,
  async () => (await import("./suites/files.ts")).files,
  async () => (await import("./suites/startup.ts")).startup,
  async () => (await import("./suites/virtualTime.ts")).virtualTime,
  async () => (await import("./suites/types.ts")).types,
  async () => (await import("./suites/window.ts")).window,
  async () => (await import("./suites/state.ts")).state,
  async () => (await import("./suites/disk.ts")).disk(keys),
  async () => (await import("./suites/keyed.ts")).reduceByKey,
  async () => (await import("./suites/keyed.ts")).groupByKey,
  async () => (await import("./suites/join.ts")).join,
  async () => (await import("./suites/session.ts")).session,
  async () => (await import("./suites/durable.ts")).durable,
  async () => (await import("./suites/eventWindow.ts")).eventWindow,
  late(["postgres.write.vs.bare", "postgres.rows.per.second"], async () => (await import("./suites/postgres.ts")).postgres),
  late(["kafka.consume.vs.bare", "kafka.records.per.milli"], async () => (await import("./suites/kafka.ts")).kafka)
]

const suites = await Promise.all(load.map((suite) => suite()))
const chosen = suites.filter(({ names }) => names.some(wanted))
if (chosen.length === 0) {
  console.error(`No figure is called ${options.only}; there are:`)
  for (const { names } of suites) console.error(`  ${names.join("\n  ")}`)
  process.exit(1)
}

/** No suite takes a minute; one that takes this long hangs. */
const patienceMillis = keys === undefined ? 180_000 : 3_600_000

const bounded = async ({ names, run }: Suite): Promise<ReadonlyArray<Figure>> => {
  const watch = setTimeout(() => {
    console.error(`The suite of ${names[0]} did not end within ${patienceMillis / 1000} seconds`)
    process.exit(1)
  }, patienceMillis)
  const figures = await run()
  clearTimeout(watch)
  return figures
}

await pollute()
const figures: Array<Figure> = []
console.log(report.heading)
for (const suite of chosen) {
  for (const figure of await bounded(suite)) {
    if (!wanted(figure.name)) continue
    figures.push(figure)
    console.log(report.line(figure))
  }
}
console.log(report.summary(figures))
if (options.json !== undefined) writeFileSync(options.json, report.toJson(figures))
