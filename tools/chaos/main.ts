/**
 * Ends a program that must lose nothing, at moments that nobody chose, and looks at what came out:
 * `npm run chaos -- --kills 30 [--pipeline NAME] [--seed N] [--seconds S]`.
 */
import { parseArgs } from "node:util"
import { pipelines, serversOf } from "./pipelines.ts"
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
if (!Number.isInteger(kills) || kills < 0 || !Number.isInteger(seed) || !(seconds > 0)) {
  console.error("--kills, --seed and --seconds are numbers")
  process.exit(1)
}
const pipeline = pipelines[values.pipeline]
if (pipeline === undefined) {
  console.error(`--pipeline is ${Object.keys(pipelines).join(", ")}`)
  process.exit(1)
}

console.log(`${kills} kills, ${values.pipeline}, seed ${seed}`)
const { directory, findings, millis, verdict, ways } = await rampage({
  kills,
  ...await serversOf(pipeline),
  seed,
  seconds,
  tell: (line) => console.log(line)
})
const lost = verdict.missing.reduce((sum, [from, to]) => sum + to - from + 1, 0)
console.log(
  `${ways.SIGKILL} SIGKILL, ${ways.SIGTERM} SIGTERM, ${ways.takeover} take-overs, ${ways.broker} ends of the broker ` +
    `in ${Math.round(millis / 1000)} s: ` +
    `${verdict.records} of ${verdict.of} records in ${verdict.batches} batches, ${verdict.windows} windows`
)
if (pipeline.source === "tcp") console.log(`${lost} records were on their way when a connection ended, and are lost`)
for (const { detail, what } of findings) console.error(`${what}: ${detail}`)
if (findings.length > 0) {
  console.error(`What there is to see is in ${directory}; try again with --seed ${seed}`)
  process.exitCode = 1
}
