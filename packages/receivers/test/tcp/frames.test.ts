import { assert, describe, it } from "@effect/vitest"
import { Lines } from "@millrace/core"
import * as Tcp from "@millrace/receivers/Tcp"
import { decode } from "../../src/tcp/decode.ts"
import { cutAt, randoms } from "./random.ts"

interface Read {
  readonly frames: ReadonlyArray<ReadonlyArray<number>>
  readonly bytes: number
  readonly failure: string | undefined
}

const read = (frame: Tcp.Frame<Uint8Array>, pieces: ReadonlyArray<Uint8Array>): Read => {
  const framer = frame.framer()
  const frames: Array<ReadonlyArray<number>> = []
  let bytes = 0
  let failure: string | undefined
  for (const framed of [...pieces.map((piece) => framer.push(piece)), framer.end()]) {
    assert.strictEqual(framed.payload.length, framed.records)
    frames.push(...framed.payload.map((each) => [...each]))
    bytes += framed.bytes
    failure ??= framed.failure?._tag
  }
  return { frames, bytes, failure }
}

/** Every way to cut `bytes` in two, byte by byte, and some random ways. */
const cuts = (bytes: Uint8Array, random: (below: number) => number): ReadonlyArray<ReadonlyArray<Uint8Array>> => [
  [...bytes].map((byte) => Uint8Array.of(byte)),
  ...Array.from({ length: bytes.length + 1 }, (_, at) => cutAt(bytes, [at])),
  cutAt(bytes, Array.from({ length: random(5) }, () => random(bytes.length + 1)).sort((left, right) => left - right))
]

const naivePrefixed = (bytes: Uint8Array, max: number): Read => {
  const frames: Array<ReadonlyArray<number>> = []
  let at = 0
  while (at + 4 <= bytes.length) {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
    if (length > max) return { frames, bytes: at, failure: "FrameTooLong" }
    if (at + 4 + length > bytes.length) break
    frames.push([...bytes.subarray(at + 4, at + 4 + length)])
    at += 4 + length
  }
  return { frames, bytes: at, failure: undefined }
}

const naiveSeparated = (bytes: Uint8Array, separator: string, max: number): Read => {
  const text = Buffer.from(bytes).toString("latin1")
  const parts = text.split(separator)
  const frames: Array<ReadonlyArray<number>> = []
  let size = 0
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    if (part.length > max) return { frames, bytes: size, failure: "FrameTooLong" }
    if (isLast && part.length === 0) break
    frames.push([...Buffer.from(part, "latin1")])
    size += part.length + (isLast ? 0 : separator.length)
  }
  return { frames, bytes: size, failure: undefined }
}

const prefixed = (random: (below: number) => number): Uint8Array => {
  const parts: Array<number> = []
  for (let left = random(6); left > 0; left--) {
    const length = random(12)
    const lie = random(10) === 0 ? [0, 1, 13, 2 ** 31, 2 ** 32 - 1][random(5)]! : length
    const header = Buffer.alloc(4)
    header.writeUInt32BE(lie)
    parts.push(...header, ...Array.from({ length }, () => random(256)))
  }
  return Uint8Array.from(parts.slice(0, random(6) === 0 ? random(parts.length + 1) : parts.length))
}

describe("Tcp.lengthPrefixed", () => {
  it("gives the frames of any input cut anywhere as the naive reading gives them", () => {
    const random = randoms(3)
    for (let run = 0; run < 1000; run++) {
      const bytes = prefixed(random)
      const expected = naivePrefixed(bytes, 12)
      for (const pieces of cuts(bytes, random)) {
        assert.deepStrictEqual(read(Tcp.lengthPrefixed({ maxLength: 12 }), pieces), expected)
      }
    }
  })

  it("gives the frames of 50,000 random inputs, with lengths that lie, as the naive reading gives them", () => {
    const random = randoms(5)
    for (let run = 0; run < 50_000; run++) {
      const bytes = prefixed(random)
      const result = read(Tcp.lengthPrefixed({ maxLength: 12 }), cutAt(bytes, [random(bytes.length + 1)]))
      const expected = naivePrefixed(bytes, 12)
      if (JSON.stringify(result) !== JSON.stringify(expected)) assert.deepStrictEqual(result, expected, `run ${run}`)
    }
  })

  it("refuses a length above the limit before it sets anything aside, and keeps no more than came", () => {
    const framer = Tcp.lengthPrefixed({ maxLength: 2 ** 30 }).framer()
    const before = process.memoryUsage().arrayBuffers
    framer.push(Uint8Array.of(0x40, 0, 0, 0, 1, 2, 3))
    assert.strictEqual(framer.pending, 7)
    assert.isBelow(process.memoryUsage().arrayBuffers - before, 1024 * 1024)
    const failure = Tcp.lengthPrefixed().framer().push(Uint8Array.of(0xff, 0xff, 0xff, 0xff)).failure
    assert.deepStrictEqual(failure, new Tcp.FrameTooLong({ length: 2 ** 32 - 1, limit: 1024 * 1024 }))
  })

  it("gives an empty frame as soon as its header came", () => {
    assert.deepStrictEqual(read(Tcp.lengthPrefixed(), [new Uint8Array(4)]).frames, [[]])
  })
})

describe("Tcp.fixedLength", () => {
  it("gives the frames of any input cut anywhere", () => {
    const random = randoms(13)
    for (let run = 0; run < 300; run++) {
      const bytes = Uint8Array.from({ length: random(40) }, () => random(256))
      const length = 1 + random(7)
      const count = Math.floor(bytes.length / length)
      const frames = Array.from({ length: count }, (_, at) => [...bytes.subarray(at * length, (at + 1) * length)])
      const expected = { frames, bytes: count * length, failure: undefined }
      for (const pieces of cuts(bytes, random)) assert.deepStrictEqual(read(Tcp.fixedLength(length), pieces), expected)
    }
  })

  it("refuses a length that is none", () => {
    for (const length of [0, -1, 1.5, Number.NaN]) assert.throws(() => Tcp.fixedLength(length), RangeError)
  })
})

describe("Tcp.separated", () => {
  it("gives the frames of any input cut anywhere as the naive reading gives them", () => {
    const random = randoms(17)
    for (let run = 0; run < 1500; run++) {
      const separator = ["a", "ab", "aab", "aba"][random(4)]!
      const bytes = Uint8Array.from({ length: random(30) }, () => 0x61 + random(3))
      const max = random(3) === 0 ? 4 : 100
      const expected = naiveSeparated(bytes, separator, max)
      for (const pieces of cuts(bytes, random)) {
        assert.deepStrictEqual(read(Tcp.separated(separator, { maxLength: max }), pieces), expected)
      }
    }
  })

  it("refuses an empty separator", () => {
    assert.throws(() => Tcp.separated(""), RangeError)
  })
})

describe("a frame sent byte by byte", () => {
  it.each([
    ["with a length before it", Tcp.lengthPrefixed({ maxLength: 2 ** 24 }), [1, 0, 0, 0]],
    ["of one length", Tcp.fixedLength(2 ** 24), []],
    ["before a separator", Tcp.separated("\r\n", { maxLength: 2 ** 24 }), []]
  ])("%s costs what its bytes cost", (_, frame, header) => {
    const framer = frame.framer()
    const pushes = (count: number): number => {
      const startedAt = performance.now()
      for (let i = 0; i < count; i++) framer.push(Uint8Array.of(0x61))
      return performance.now() - startedAt
    }
    framer.push(Uint8Array.from(header))
    const step = 32 * 1024
    pushes(step)
    const early = pushes(step)
    pushes(12 * step)
    const late = pushes(step)
    assert.strictEqual(framer.pending, 15 * step + header.length)
    assert.isBelow(late, 4 * early + 50)
  })
})

describe("the decoder of Tcp.lines", () => {
  it("gives what the decoder of Lines gives, on 20,000 random inputs", () => {
    const random = randoms(19)
    const invalid = [[0xf0, 0x9f], [0xe2, 0x80], [0xed, 0xa0, 0x80], [0xf8], [0xc0, 0x80]]
    const pieces = [[0xc3, 0xa9], [0xf0, 0x9f, 0x98, 0x80], [0x0a], ...invalid]
    const piece = () => random(2) === 0 ? [random(256)] : pieces[random(pieces.length)]!
    for (let run = 0; run < 20_000; run++) {
      const bytes = Uint8Array.from(Array.from({ length: random(12) }, piece).flat())
      const ours = Lines.make({ decode })
      const theirs = Lines.make()
      const result = [ours.push(bytes), ours.end(), ours.replaced]
      const expected = [theirs.push(bytes), theirs.end(), theirs.replaced]
      if (JSON.stringify(result) !== JSON.stringify(expected)) assert.deepStrictEqual(result, expected, `run ${run}`)
    }
  })
})
