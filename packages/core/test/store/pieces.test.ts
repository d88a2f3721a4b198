import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { inGroups, inPieces } from "../../src/store/pieces.ts"

const size = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 9 })))
const text = Arbitrary.map(Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "ß", "😀"])), { maxLength: 40 }), (all) =>
  all.join(""))

describe("pieces", () => {
  it.prop("make the text again, are no longer than allowed, and cut no character", [text, size], ([whole, length]) => {
    const pieces = inPieces(whole, length)
    assert.strictEqual(pieces.join(""), whole)
    for (const piece of pieces) {
      assert.isAtMost(piece.length, length)
      assert.isTrue(whole === "" || piece.length > 0)
      assert.notMatch(piece, /[\ud800-\udfff]/u)
    }
  })

  it.prop("groups make the whole again, and are too large only alone", [Arbitrary.array(size), size], ([all, most]) => {
    const groups = inGroups(all, (one) => one, most)
    assert.deepStrictEqual(groups.flat(), all)
    for (const group of groups) {
      assert.isTrue(group.length === 1 || group.reduce((sum, one) => sum + one, 0) <= most)
      assert.isAbove(group.length, 0)
    }
    for (const [place, group] of groups.slice(1).entries()) {
      assert.isAbove((groups[place] ?? []).reduce((sum, one) => sum + one, 0) + group[0]!, most)
    }
  })
})
