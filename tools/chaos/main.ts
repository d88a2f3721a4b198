/**
 * Ends a program that must lose nothing, at moments that nobody chose, and looks at what came out:
 * `npm run chaos -- --kills 30 [--pipeline files|tcp|postgres] [--seed N] [--seconds S]`.
 */
import { parseArgs } from "node:util"
import { defaultUrl } from "./Database.ts"
import { rampage } from "./rampage.ts"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "30" },
    pipeline: { type: "string", default: "files" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    seconds: { type: "string", default: "600" }
  }
})
const [kills, seed, seconds] = [Number(values.kills), Number(values.seed), Number(values.seconds)]
const source = values.pipeline
if (!Number.isInteger(kills) || kills < 0 || !Number.isInteger(seed) || !(seconds > 0)) {
  console.error("--kills, --seed and --seconds are numbers")
  process.exit(1)
}
if (source !== "files" && source !== "tcp" && source !== "postgres") {
  console.error("--pipeline is files, tcp or postgres: lines from files, and rows to a PostgreSQL as well")
  process.exit(1)
}

console.log(`${kills} kills, ${source}, seed ${seed}`)
const { directory, findings, millis, verdict, ways } = await rampage({
  kills,
  source: source === "tcp" ? "tcp" : "files",
  postgres: source === "postgres" ? defaultUrl : undefined,
  seed,
  seconds,
  tell: (line) => console.log(line)
})
const lost = verdict.missing.reduce((sum, [from, to]) => sum + to - from + 1, 0)
console.log(
  `${ways.SIGKILL} SIGKILL, ${ways.SIGTERM} SIGTERM, ${ways.takeover} take-overs in ${Math.round(millis / 1000)} s: ` +
    `${verdict.records} of ${verdict.of} records in ${verdict.batches} batches, ${verdict.windows} windows`
)
if (source === "tcp") console.log(`${lost} records were on their way when a connection ended, and are lost`)
for (const { detail, what } of findings) console.error(`${what}: ${detail}`)
if (findings.length > 0) {
  console.error(`What there is to see is in ${directory}; try again with --seed ${seed}`)
  process.exitCode = 1
}
