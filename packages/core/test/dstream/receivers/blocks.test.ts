import { assert, describe, it } from "@effect/vitest"
import { estimateBytes } from "../../../src/dstream/receivers/blocks.ts"

describe("estimateBytes", () => {
  it("counts text and bytes by their length", () => {
    assert.strictEqual(estimateBytes(["abc", ""]), 16 + 3 + 16)
    assert.strictEqual(estimateBytes([new Uint8Array(1000)]), 1064)
    assert.strictEqual(estimateBytes([1, true, undefined, null]), 32)
  })

  it("looks into the first objects and takes the others to be alike", () => {
    const record = { id: 1, name: "stone", inner: { deep: "x".repeat(1000) } }
    const one = estimateBytes([record])
    assert.strictEqual(one, 24 + 8 + 21 + 48)
    assert.strictEqual(estimateBytes(Array.from({ length: 1000 }, () => record)), 1000 * one)
    assert.strictEqual(estimateBytes([record, "text"]), one + 20)
  })

  it("is never less than nothing for an empty block", () => {
    assert.strictEqual(estimateBytes([]), 0)
  })
})
