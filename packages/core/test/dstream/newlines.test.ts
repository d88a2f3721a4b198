import { assert, describe, it } from "@effect/vitest"
import { census } from "../../src/dstream/newlines.ts"

/** Bytes that are often newlines and rarely beyond ASCII, and neighbours of both. */
const bytesOf = (length: number, seed: number, isAscii: boolean): Uint8Array => {
  const kinds = isAscii ? [0x0a, 0x0a, 0x0b, 0x09, 0x00, 0x7f, 0x61] : [0x0a, 0x8a, 0x8b, 0x89, 0x80, 0xff, 0x0b]
  let state = seed
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return kinds[(state >> 16) % kinds.length]!
  })
}

describe("census", () => {
  it("counts what a loop counts, at every alignment, over every length and over full lanes", () => {
    const lengths = [...Array.from({ length: 80 }, (_, index) => index), 1019, 1020, 1021, 1024, 2040, 2045, 5000]
    for (const length of lengths) {
      for (const isAscii of [true, false]) {
        const bytes = bytesOf(length + 8, length + 1, isAscii)
        for (let from = 0; from < 5; from++) {
          const part = bytes.subarray(from, from + length)
          const newlines = part.filter((byte) => byte === 0x0a).length
          const expected = { newlines, isAscii: part.every((byte) => byte < 0x80) }
          assert.deepStrictEqual(census(bytes, from, from + length), expected, `${length} bytes from ${from}`)
          assert.deepStrictEqual(census(part, 0, length), expected, `${length} bytes in a view from ${from}`)
        }
      }
    }
  })

  it("sees one byte beyond ASCII wherever it is", () => {
    for (let at = 0; at < 300; at++) {
      const bytes = new Uint8Array(300).fill(0x0a)
      bytes[at] = 0x8a
      assert.deepStrictEqual(census(bytes, 0, 300), { newlines: 299, isAscii: false })
    }
  })

  it("counts lanes that are full", () => {
    assert.deepStrictEqual(census(new Uint8Array(100_003).fill(0x0a), 0, 100_003), { newlines: 100_003, isAscii: true })
    assert.deepStrictEqual(census(new Uint8Array(100_003).fill(0x61), 0, 100_003), { newlines: 0, isAscii: true })
  })
})
