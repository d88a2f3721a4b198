/** A record that ends every process which looks at it, among records that do not. */
import { assert, describe, it } from "@effect/vitest"
import { Chance } from "../../src/testing/simulation/Chance.ts"
import { scenarioOf } from "./scenario.ts"
import { type Outcome, report, simulate } from "./simulate.ts"

const poisoned = (seed: number, isQuiet: boolean): { readonly outcome: Outcome; readonly poison: number } => {
  const chance = new Chance(seed)
  const drawn = scenarioOf(chance)
  const events = drawn.sources.reduce((sum, source) => sum + source.events, 0)
  const poison = 1 + chance.int(events)
  const none = { sink: [], kill: false, power: false, stop: false, clock: false, diskFails: false, diskFull: false }
  const scenario = {
    ...drawn,
    // That in memory does not outlive the process.
    store: "files" as const,
    sources: drawn.sources.map((source) => ({ ...source, isJournaled: source.delivery !== "Replayable" })),
    crashes: isQuiet ? 0 : drawn.crashes,
    // Who ends over the record must be the one that runs.
    faults: { ...drawn.faults, zombie: false, ...isQuiet ? { ...none, sinkUnwell: false, sourceUnwell: false } : {} }
  }
  const outcome = simulate(seed, { scenario, poison })
  if (outcome.violation !== undefined) assert.fail(report(outcome))
  return { outcome, poison }
}

describe("a record that ends the process", () => {
  it("is found and set aside alone, where nothing else goes wrong", () => {
    for (let seed = 1; seed <= 120; seed++) {
      const { outcome, poison } = poisoned(seed, true)
      const isGone = outcome.buried.length === 0 && outcome.scenario.sources.some(({ delivery }) => delivery === "Unreplayable")
      // A source that forgets may have given it to the process that ended, which had no time to write it down.
      if (!isGone) assert.deepStrictEqual(outcome.buried, [poison], report(outcome))
    }
  })

  it("is found whatever else goes wrong, and the others come out once or are set aside once", () => {
    let found = 0
    for (let seed = 1; seed <= 200; seed++) {
      const { outcome, poison } = poisoned(seed, false)
      if (outcome.buried.includes(poison)) found++
    }
    assert.isAbove(found, 150)
  })
})
