/**
 * Finds or starts every server that tests need, says where they are, and keeps those that it started until it is
 * interrupted: `npm run services [-- --check]`. With `--check` it ends when it has said so, and fails where one is
 * missing.
 */
import { parseArgs } from "node:util"
import { finders, type Reachable } from "./finders.ts"
import type { Found } from "./Service.ts"

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } })
const width = Math.max(...Object.keys(finders).map((name) => name.length))
let kept = 0
let absent = 0

const tell = (name: string, found: Found<Reachable>): void => {
  const padded = name.padEnd(width)
  if ("missing" in found) {
    absent++
    return console.log(`${padded}  missing: ${found.missing}`)
  }
  if (found.isStarted === true) kept++
  console.log(`${padded}  ${found.server.url}  ${found.isStarted === true ? "started" : "running"}`)
}

for (const [name, find] of Object.entries(finders)) tell(name, await find())
if (values.check || kept === 0) process.exit(absent === 0 ? 0 : 1)
console.log("They run until this is interrupted.")
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(0))
setInterval(() => {}, 2 ** 30)
