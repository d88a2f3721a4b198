/** That a seed is a seed, and that what is wrong is seen. */
import { assert, describe, it } from "@effect/vitest"
import { traceText } from "../../src/testing/simulation/Simulation.ts"
import { scenarioOf } from "./scenario.ts"
import { Chance } from "../../src/testing/simulation/Chance.ts"
import { simulate } from "./simulate.ts"

describe("a seed", () => {
  it("gives the same trace every time", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const [first, again] = [simulate(seed), simulate(seed)]
      assert.strictEqual(traceText(first.world.trace), traceText(again.world.trace), `seed ${seed}`)
    }
  })

  it("gives another trace than the next", () => {
    const traces = new Set(Array.from({ length: 200 }, (_, seed) => traceText(simulate(seed).world.trace)))
    assert.strictEqual(traces.size, 200)
  })
})

describe("the seeds of a test run", () => {
  it("meet every kind of source, sink, operator and fault, and most of them together", () => {
    const met = new Map<string, number>()
    for (let seed = 1; seed <= 20_000; seed++) {
      const { faults, outputs, sources } = scenarioOf(new Chance(seed))
      const on = Object.entries(faults).flatMap(([name, isOn]) => isOn === true ? [name] : [])
      for (const source of sources) {
        for (const output of outputs) {
          for (const fault of [...on, ...faults.sink]) {
            const pair = `${source.delivery} ${source.isJournaled} ${output.commitClass} ${fault}`
            met.set(pair, (met.get(pair) ?? 0) + 1)
          }
        }
      }
    }
    assert.isAtLeast(met.size, 3 * 2 * 4 * 19)
    assert.isAtLeast(Math.min(...met.values()), 10)
  })

  it("crash most pipelines, most of them more than once", () => {
    const starts = Array.from({ length: 300 }, (_, seed) => simulate(seed + 1).starts)
    assert.isAbove(starts.filter((count) => count > 1).length, 150)
    assert.isAbove(starts.filter((count) => count > 2).length, 75)
  })
})
