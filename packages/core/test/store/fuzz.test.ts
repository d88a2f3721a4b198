/** What is read from disk, made up: found is only what was written, and nothing is believed that is not there. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { crc32c } from "../../src/store/crc32c.ts"
import { decodeOwner } from "../../src/store/epochs.ts"
import { frameGroup, frameHeaderBytes, readFrame, viewOf } from "../../src/store/frames.ts"
import { scanSegment } from "../../src/store/scanSegment.ts"
import { encodeSegmentHeader } from "../../src/store/segmentHeader.ts"
import { decodeManifest } from "../../src/store/snapshots.ts"
import { pipeline } from "./journals.ts"

describe("fuzz", () => {
  const rounds = 50_000
  const lies = [0, 1, 2, 0x7fffffff, 0xffffffff, 0x80000000]

  /** Flips, cuts, lengths that lie, parts that repeat. */
  const mutate = (bytes: Uint8Array, next: () => number): Uint8Array => {
    const copy = bytes.slice()
    const at = next() % Math.max(copy.length, 1)
    switch (next() % 5) {
      case 0:
        copy[at] = copy[at]! ^ (1 << (next() % 8))
        return copy
      case 1:
        return copy.slice(0, at)
      case 2:
        if (copy.length >= 4) viewOf(copy).setUint32(Math.min(at & ~3, copy.length - 4), lies[next() % 6]!, true)
        return copy
      case 3:
        copy.copyWithin(at, next() % copy.length)
        return copy
      default:
        return copy.fill(next(), at, at + next() % 9)
    }
  }

  const numbers = (seed: number) => {
    let state = seed
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state >>> 8
    }
  }

  const encoder = new TextEncoder()
  const entry = (lsn: number, text: string) => ({ lsn, kind: 5, payload: encoder.encode(text) })

  it("frames and segments: what is found was written", () => {
    const salt = 77
    const header = encodeSegmentHeader(
      { epoch: 1, number: 1, previousEpoch: 0, sealLsn: 1, firstLsn: 1, previousCrc: 0, salt }
    )
    const entries = [entry(1, "{}"), entry(2, "{\"a\":1}"), entry(3, `{"b":"${"x".repeat(99)}"}`), entry(4, "[]")]
    const group = frameGroup(entries, salt, 0)
    const length = group.parts.reduce((sum, part) => sum + part.length, header.length)
    const bytes = new Uint8Array(length)
    let end = 0
    for (const part of [header, ...group.parts]) {
      bytes.set(part, end)
      end += part.length
    }
    const next = numbers(1)
    const frames = scanSegment(1, 1, "s", bytes).frames
    assert.strictEqual(frames.length, 4)
    for (let round = 0; round < rounds; round++) {
      let mutant = mutate(bytes, next)
      if (round % 3 === 0) mutant = mutate(mutant, next)
      const scanned = scanSegment(1, 1, "s", mutant)
      for (const [place, frame] of scanned.frames.entries()) {
        assert.strictEqual(frame.crc, frames[place]?.crc)
        assert.isAtMost(frame.end, mutant.length)
      }
      assert.isBelow(scanned.durable, 4)
      if (mutant.length > frameHeaderBytes) readFrame(mutant, viewOf(mutant), next() % (mutant.length - 31), salt)
    }
  })

  it("manifests of snapshots: what is taken is what was written", () => {
    const manifest = {
      format: 1,
      pipeline,
      batch: 7,
      keepFrom: 3,
      files: [{ name: "head.json", bytes: 100, crc: 5 }, { name: "state-000001.json", bytes: 4, crc: 9 }]
    }
    const check = crc32c(encoder.encode(JSON.stringify(manifest)))
    const bytes = encoder.encode(JSON.stringify({ check, manifest }))
    assert.deepStrictEqual(decodeManifest(bytes), manifest)
    const next = numbers(2)
    for (let round = 0; round < rounds; round++) {
      const decoded = decodeManifest(mutate(bytes, next))
      if (typeof decoded !== "string") assert.deepStrictEqual(decoded, manifest)
    }
  })

  it("files of epochs: an owner or none", () => {
    const owner = { host: "here", process: 12, boot: "b", startedAt: 5 }
    const bytes = encoder.encode(JSON.stringify(owner))
    assert.deepStrictEqual(decodeOwner(bytes), owner)
    const next = numbers(3)
    for (let round = 0; round < rounds; round++) {
      const decoded = decodeOwner(mutate(bytes, next))
      assert.isTrue(decoded === undefined || Number.isSafeInteger(decoded.process))
    }
  })

  it.prop("crc32c is what the polynomial says, however it is cut", [
    Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))), { maxLength: 90 }),
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 90 })))
  ], ([values, cut]) => {
    const bytes = Uint8Array.from([0, ...values]).subarray(1)
    let crc = 0xffffffff
    for (const value of values) {
      crc ^= value
      for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    }
    const at = Math.min(cut, bytes.length)
    assert.strictEqual(crc32c(bytes), ~crc >>> 0)
    assert.strictEqual(crc32c(bytes, at, bytes.length, crc32c(bytes, 0, at)), ~crc >>> 0)
  })

  it("crc32c of the usual example", () => {
    assert.strictEqual(crc32c(encoder.encode("123456789")), 0xe3069283)
  })
})
