/** The commit protocol, in every interleaving within small bounds; and that each thing in it is needed. */
import { assert, describe, it } from "@effect/vitest"
import { explore } from "./explore.ts"
import type { Bounds, Variant } from "./state.ts"

const transactional: Variant = { sink: "transactional" }
const idempotent: Variant = { sink: "idempotent", commitAfterCheck: true }

const twoOwners: Bounds = { records: 1, owners: 2, powerLosses: 1, batches: 2 }
const twoRecords: Bounds = { records: 2, owners: 1, powerLosses: 1, batches: 2 }
const both: Bounds = { records: 2, owners: 2, powerLosses: 1, batches: 2 }

describe("the protocol loses and doubles nothing", () => {
  const variants: ReadonlyArray<readonly [name: string, Variant]> = [
    ["A: a transactional sink with a fence, acknowledgements after sync and check", transactional],
    ["B: a sink that is idempotent by batch, without a fence, a check before every effect", idempotent],
    ["A4b: a transactional sink without a fence, a check before every commit", { ...transactional, noFence: true, commitAfterCheck: true }],
    ["A7: acting before the seal is synced", { ...transactional, actBeforeSealIsDurable: true }]
  ]
  for (const [name, variant] of variants) {
    for (const [size, bounds] of [["two owners", twoOwners], ["two records", twoRecords]] as const) {
      it(`${name}, ${size}`, () => {
        const { isComplete, states, violation } = explore(variant, bounds)
        assert.isUndefined(violation)
        assert.isTrue(isComplete)
        assert.isAbove(states, 1_000)
      })
    }
  }
})

describe("a mistake is found", () => {
  const mistakes: ReadonlyArray<readonly [name: string, Variant, what: RegExp, steps: number]> = [
    ["A1: a commit before its batch is durable", { ...transactional, commitBeforeDurable: true }, /lost/, 8],
    ["A2: an acknowledgement before the record is durable", { ...transactional, acknowledgeBeforeDurable: true }, /lost/, 6],
    ["A3: an acknowledgement without a check", { ...transactional, acknowledgeWithoutCheck: true }, /lost/, 10],
    ["A4: a sink that knows batch ids and has no fence, and no check", { ...transactional, noFence: true }, /lost/, 12],
    ["A5: the old journal is read before the sink is fenced", { ...transactional, readBeforeFence: true }, /lost/, 14],
    ["A6: the old journal is trusted without a sync", { ...transactional, noSyncOfOldJournal: true }, /lost after a power loss/, 11],
    ["A8: what is redelivered is taken again", { ...transactional, noDedupe: true }, /doubled/, 5],
    ["B1: a commit to an idempotent sink without a check", { ...idempotent, commitAfterCheck: false }, /lost/, 11],
    ["B2: a sink that appends whatever comes", { sink: "append", commitAfterCheck: true }, /doubled/, 9]
  ]
  for (const [name, variant, what, steps] of mistakes) {
    it(name, () => {
      const { violation } = explore(variant, both)
      assert.match(violation?.what ?? "", what)
      assert.strictEqual(violation?.trace.length, steps, violation?.trace.join(", "))
    })
  }
})
