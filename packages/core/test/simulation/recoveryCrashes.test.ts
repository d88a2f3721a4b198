/** What takes up a run that crashed is cut short itself, at every operation of its own. */
import { assert, describe, it } from "@effect/vitest"
import { crashEverywhere, operationsOf, scenario, sinks, sources } from "./crashes.ts"

describe("a crash of the recovery from a crash changes nothing", () => {
  for (const [name, source] of Object.entries(sources)) {
    it(name, () => {
      for (const [index, commitClass] of sinks.entries()) {
        const shape = scenario(source, commitClass, index === 0)
        const operations = operationsOf(shape)
        for (const part of [0.35, 0.6, 0.85]) {
          const first = { after: Math.floor(operations * part) + index, by: part === 0.6 ? "power" : "kill" } as const
          assert.isAbove(crashEverywhere(shape, [first], 6), 25)
        }
      }
    })
  }
})
