/** A stretch of seeds as tests. The files that call this run side by side. */
import { assert, describe, it } from "@effect/vitest"
import { report, simulate } from "./simulate.ts"

const perTest = 1_000

export const seedsAreWell = (from: number, count: number): void => {
  describe("whatever goes wrong, every invariant holds", () => {
    for (let first = from; first < from + count; first += perTest) {
      it(`with seeds ${first} to ${first + perTest - 1}`, () => {
        for (let seed = first; seed < first + perTest; seed++) {
          const outcome = simulate(seed)
          if (outcome.violation !== undefined) assert.fail(report(outcome))
        }
      })
    }
  })
}
