/** Runs seeds: `npm run simulate -- --seeds N [--from A]`, or one with its whole trace: `--seed S`. */
import { parseArgs } from "node:util"
import { report, simulate } from "./simulate.ts"

const { values } = parseArgs({
  options: { seeds: { type: "string" }, from: { type: "string" }, seed: { type: "string" } }
})

const one = (seed: number): boolean => {
  const outcome = simulate(seed)
  if (outcome.violation === undefined && values.seed === undefined) return true
  console.log(report(outcome))
  return outcome.violation === undefined
}

const startedAt = performance.now()
const from = Number(values.seed ?? values.from ?? 1)
const count = values.seed === undefined ? Number(values.seeds ?? 1000) : 1
let ran = 0
for (let seed = from; seed < from + count; seed++) {
  ran++
  if (!one(seed)) {
    process.exitCode = 1
    break
  }
}
const seconds = (performance.now() - startedAt) / 1000
console.log(`${ran} seeds in ${seconds.toFixed(1)} s, ${Math.round(ran / seconds)} a second`)
