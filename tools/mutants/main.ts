/** Whether tests notice mistakes: `npm run mutants -- SET [--only PART-OF-NAME]`. */
import { join } from "node:path"
import { parseArgs } from "node:util"
import { hunt, type Verdict } from "./hunt.ts"
import type { Mutant } from "./Mutant.ts"
import { disk } from "./disk.ts"
import { evolution } from "./evolution.ts"
import { files } from "./files.ts"
import { operators } from "./operators.ts"
import { postgres } from "./postgres.ts"
import { protocol } from "./protocol.ts"
import { stores } from "./stores.ts"
import { type Ended, stopAll } from "./trial.ts"

const sets: Readonly<Record<string, ReadonlyArray<Mutant>>> = {
  disk,
  evolution,
  files,
  operators,
  postgres,
  protocol,
  stores
}

const { positionals, values: { only } } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } })
const [name = ""] = positionals
const mutants = Object.hasOwn(sets, name) ? sets[name]!.filter((mutant) => mutant.name.includes(only ?? "")) : []
if (mutants.length === 0) {
  console.error(`No mutants are called ${[name, only].join(" ").trim()}; there are ${Object.keys(sets).join(", ")}`)
  process.exit(1)
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    stopAll()
    process.exit(1)
  })
}

const detail = (verdict: Verdict): string => {
  switch (verdict._tag) {
    case "killed":
      return `  by ${verdict.by}`
    case "survived":
      return ""
    case "stale":
      return `  ${verdict.missing}`
    case "broken":
      return `  no test ran: ${verdict.output}`
  }
}

/** The first words of it: a simulation that fails tells its whole life. */
const problemOf = (ended: Ended): string => {
  switch (ended._tag) {
    case "passed":
      return ""
    case "failed":
      return `${ended.test}\n${ended.messages.join("\n").slice(0, 500)}`
    case "late":
      return "they did not end in time"
    case "broken":
      return ended.output
  }
}

const startedAt = performance.now()
const { untouched, verdicts } = await hunt({
  root: join(import.meta.dirname, "../.."),
  mutants,
  copies: 2,
  limitMillis: name === "protocol" ? 600_000 : 100_000,
  tell: (mutant, verdict) => {
    console.log(`${verdict._tag.padEnd(8)} ${mutant.name}${detail(verdict)}`)
    if (verdict._tag === "survived") console.log(`         ${mutant.file}: ${mutant.why}`)
  }
})
const killed = verdicts.filter(({ _tag }) => _tag === "killed").length
console.log(`${killed} of ${mutants.length} killed in ${Math.round((performance.now() - startedAt) / 1000)} s`)
if (untouched._tag !== "passed") {
  console.error(`Without any mistake the tests do not pass, so this says nothing: ${problemOf(untouched)}`)
}
process.exitCode = killed === mutants.length && untouched._tag === "passed" ? 0 : 1
