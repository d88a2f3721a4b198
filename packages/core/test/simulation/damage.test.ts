/** A bit of the disk is turned over while nothing runs. */
import { assert, describe, it } from "@effect/vitest"
import { Chance } from "../../src/testing/simulation/Chance.ts"
import { scenarioOf } from "./scenario.ts"
import { type Outcome, report, simulate } from "./simulate.ts"

const damaged = (seed: number): Outcome => {
  const drawn = scenarioOf(new Chance(seed))
  const scenario = {
    ...drawn,
    store: "files" as const,
    crashes: Math.max(2, drawn.crashes),
    faults: { ...drawn.faults, kill: true }
  }
  const outcome = simulate(seed, { scenario, damages: true })
  if (outcome.violation !== undefined) assert.fail(report(outcome))
  return outcome
}

describe("a bit that is turned over on the disk", () => {
  it("is refused, or harms nothing, or passes for an unfinished end: nothing is read that was never written", () => {
    const ends = new Map<Outcome["end"], number>()
    for (let seed = 1; seed <= 800; seed++) {
      const { end } = damaged(seed)
      ends.set(end, (ends.get(end) ?? 0) + 1)
    }
    for (const end of ["whole", "refused", "healed"] as const) assert.isAbove(ends.get(end) ?? 0, 10, end)
  })
})
