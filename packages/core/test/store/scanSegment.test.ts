import { assert, describe, it } from "@effect/vitest"
import { frameGroup } from "../../src/store/frames.ts"
import { scanSegment } from "../../src/store/scanSegment.ts"
import { encodeSegmentHeader, format } from "../../src/store/segmentHeader.ts"

const encoder = new TextEncoder()

const header = (salt: number) =>
  encodeSegmentHeader({ epoch: 3, number: 2, previousEpoch: 1, sealLsn: 4, firstLsn: 10, previousCrc: 0, salt })

const frames = (salt: number, from: number, count: number, durable: number) =>
  frameGroup(
    Array.from({ length: count }, (_, place) => ({
      lsn: from + place,
      kind: 5,
      payload: encoder.encode("x".repeat(2 + place))
    })),
    salt,
    durable
  ).parts

const segment = (...parts: ReadonlyArray<Uint8Array>) => scanSegment(3, 2, "s", new Uint8Array(Buffer.concat(parts)))

describe("scanSegment", () => {
  it("finds frames of every length, up to where they end", () => {
    const { durable, end, frames: found } = segment(header(7), ...frames(7, 10, 20, 9), new Uint8Array(5))
    assert.deepStrictEqual(found.map(({ lsn }) => lsn), Array.from({ length: 20 }, (_, place) => 10 + place))
    assert.deepStrictEqual(found.map((frame) => frame.end - frame.start), Array.from({ length: 20 }, (_, n) => 2 + n))
    assert.strictEqual(end % 8, 0)
    assert.strictEqual(durable, 9)
  })

  it("takes frames of another segment, in blocks that are used again, for nothing", () => {
    const old = frames(8, 12, 3, 11)
    const { durable, frames: found } = segment(header(7), ...frames(7, 10, 2, 9), ...old)
    assert.deepStrictEqual([found.length, durable], [2, 9])
  })

  it("hears what frames past a hole say was durable", () => {
    const hole = new Uint8Array(40).fill(1)
    const { durable, frames: found } = segment(header(7), ...frames(7, 10, 1, 9), hole, ...frames(7, 12, 2, 11))
    assert.deepStrictEqual([found.length, durable], [1, 11])
  })

  it("takes what was made to look like many frames for damage, in time", () => {
    const bait = new Uint8Array(1 << 20)
    const view = new DataView(bait.buffer)
    for (let at = 0; at + 64 < bait.length; at += 32) {
      view.setUint32(at, bait.length - at - 32, true)
      bait[at + 8] = 5
      view.setUint32(at + 16, 12, true)
    }
    assert.strictEqual(segment(header(7), new Uint8Array(8), bait).durable, Infinity)
  })

  it("knows nothing of a segment under another name, and says of a newer format that it is newer", () => {
    const bytes = new Uint8Array(Buffer.concat([header(7), ...frames(7, 10, 1, 9)]))
    assert.isUndefined(scanSegment(3, 1, "s", bytes).header)
    assert.isUndefined(scanSegment(4, 2, "s", bytes).header)
    assert.strictEqual(scanSegment(3, 2, "s", bytes).header?.firstLsn, 10)
    assert.strictEqual(format, 1)
  })
})
