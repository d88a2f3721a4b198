/** What takes up a run that crashed is cut short itself, at every operation of its own that changes something. */
import { assert, describe, it } from "@effect/vitest"
import { crashAfterRecovery, crashAt, crashInRecovery, scenario, sinks, sources } from "./crashes.ts"

describe("a crash of the recovery from a crash changes nothing", () => {
  for (const [name, source] of Object.entries(sources)) {
    it(name, () => {
      for (const [index, commitClass] of sinks.entries()) {
        const shape = scenario(source, commitClass, index === 0)
        for (const part of [0.35, 0.6, 0.85]) {
          const first = crashAt(shape, part, part === 0.6 ? "power" : "kill")
          assert.isAbove(crashInRecovery(shape, [first]), 40)
          assert.isAbove(crashAfterRecovery(shape, [first], 6), 8)
        }
      }
    })

    it(`${name}, and the recovery from that as well`, () => {
      const shape = scenario(source, "Transactional", true)
      const first = crashAt(shape, 0.6, "kill")
      for (let after = 16; after <= 80; after += 8) {
        assert.isAbove(crashInRecovery(shape, [first, { after, by: after % 16 === 0 ? "kill" : "power" }], 5), 4)
      }
    })
  }
})
