/** The program becomes a newer one between two starts, whatever goes wrong meanwhile. */
import { assert, describe, it } from "@effect/vitest"
import { Chance } from "../../src/testing/simulation/Chance.ts"
import { scenarioOf } from "./scenario.ts"
import { report, simulate } from "./simulate.ts"

describe("state that goes from version to version", () => {
  it("is what it would be without, and outputs see no difference", () => {
    let started = 0
    for (let seed = 1; seed <= 700; seed++) {
      const drawn = scenarioOf(new Chance(seed))
      const outcome = simulate(seed, {
        scenario: {
          ...drawn,
          outputs: drawn.outputs.map((output) => ({ ...output, operator: "total" as const })),
          crashes: Math.max(2, drawn.crashes),
          faults: { ...drawn.faults, kill: true }
        },
        migrates: true
      })
      if (outcome.violation !== undefined) assert.fail(report(outcome))
      started += outcome.starts
    }
    assert.isAbove(started, 1500)
  })
})
