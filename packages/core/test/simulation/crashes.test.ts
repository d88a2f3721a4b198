/** Every operation of a run is the last one once, for each kind of source and sink, by a kill and by a loss of power. */
import { assert, describe, it } from "@effect/vitest"
import { crashEverywhere, scenario, sinks, sources } from "./crashes.ts"

describe("a crash at any operation loses and doubles nothing", () => {
  for (const [name, source] of Object.entries(sources)) {
    for (const commitClass of sinks) {
      it(`${name}, into ${commitClass}`, () => {
        assert.isAbove(crashEverywhere(scenario(source, commitClass)), 200)
      })
    }
    it(`${name}, into two outputs`, () => {
      assert.isAbove(crashEverywhere(scenario(source, "Transactional", true)), 200)
    })
  }
})
