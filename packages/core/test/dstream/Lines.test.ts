import { assert, describe, it } from "@effect/vitest"
import * as Lines from "../../src/dstream/Lines.ts"
import { type NaiveLines, naiveLines, type NaiveOptions } from "./naiveLines.ts"

const utf8 = new TextEncoder()

/** Reads the pieces and undoes the joining, as `Decoder.split("\n")` does. */
const read = (pieces: ReadonlyArray<Uint8Array>, options: Lines.Options): NaiveLines => {
  const framer = Lines.make(options)
  const lines: Array<string> = []
  let bytes = 0
  let records = 0
  let failure: NaiveLines["failure"]
  for (const cut of [...pieces.map((piece) => framer.push(piece)), framer.end()]) {
    for (const text of cut.payload) lines.push(...text.split("\n"))
    bytes += cut.bytes
    records += cut.records
    assert.strictEqual(lines.length, records)
    if (cut.failure !== undefined) {
      failure = { _tag: cut.failure._tag, line: cut.failure.line, offset: cut.failure.offset }
    }
  }
  return { lines, bytes, skipped: framer.skipped, replaced: framer.replaced, failure }
}

const cutAt = (bytes: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const edges = [0, ...cuts, bytes.length]
  return edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge))
}

const read1 = (text: string, options: Lines.Options = {}) => read([utf8.encode(text)], options)

/** A small generator of its own, so that a seed gives the same bytes on every machine. */
const randoms = (seed: number) => (below: number) => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below
}

const pieces: ReadonlyArray<ReadonlyArray<number>> = [
  [0x0a], [0x0a], [0x0d, 0x0a], [0x0d], [0x0d, 0x0d, 0x0a], [0x00],
  [0xef, 0xbb, 0xbf], [0xef, 0xbf, 0xbd], [0xe2, 0x80, 0xa8],
  [0xc3, 0xa9], [0xf0, 0x9f, 0x98, 0x80], [0xf0, 0x9f], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xff], [0xef, 0xbb], [0x80],
  [...utf8.encode("word ")], [...utf8.encode("x")],
  [...utf8.encode("the quick brown fox jumps over the dog ".repeat(2))]
]

const randomBytes = (random: (below: number) => number): Uint8Array => {
  const bytes: Array<number> = random(6) === 0 ? [0xef, 0xbb, 0xbf] : []
  for (let left = random(14); left > 0; left--) {
    bytes.push(...(random(8) === 0 ? [random(256)] : pieces[random(pieces.length)]!))
  }
  return Uint8Array.from(bytes)
}

const randomOptions = (random: (below: number) => number): NaiveOptions => ({
  maxLineLength: random(3) === 0 ? 1024 : random(40),
  onLongLine: random(2) === 0 ? "fail" : "skip",
  onInvalidUtf8: random(3) === 0 ? "fail" : "replace"
})

const randomCuts = (random: (below: number) => number, length: number): ReadonlyArray<number> =>
  Array.from({ length: random(6) }, () => random(length + 1)).sort((left, right) => left - right)

describe("Lines", () => {
  it("ends a line at LF and at CRLF, and keeps empty ones", () => {
    assert.deepStrictEqual(read1("a\n\nb\r\n\r\nc\n").lines, ["a", "", "b", "", "c"])
  })

  it("takes what follows the last line ending as a line, and nothing as none", () => {
    assert.deepStrictEqual(read1("a\nb").lines, ["a", "b"])
    assert.deepStrictEqual(read1("a\n").lines, ["a"])
    assert.deepStrictEqual(read1("").lines, [])
    assert.deepStrictEqual(read1("\n").lines, [""])
  })

  it("takes a lone CR, NUL, NEL, U+2028 and U+2029 as data", () => {
    const lines = ["a\rb", "c\0d", "e\u0085f", "g\u2028h", "i\u2029j", "\r\rk"]
    assert.deepStrictEqual(read1(lines.join("\n") + "\r").lines, [...lines.slice(0, -1), "\r\rk\r"])
    assert.deepStrictEqual(read1(lines.join("\r\n") + "\r\r\n").lines, [...lines.slice(0, -1), "\r\rk\r"])
  })

  it("removes a byte order mark at the start and nowhere else", () => {
    assert.deepStrictEqual(read1("\ufeffa\n\ufeffb").lines, ["a", "\ufeffb"])
    assert.deepStrictEqual(read1("\ufeff").lines, [])
    assert.deepStrictEqual(read1("\ufeffa", { from: { offset: 10, lines: 2 } }).lines, ["\ufeffa"])
    assert.deepStrictEqual(read([Uint8Array.of(0xef, 0xbb)], {}).lines, ["\ufffd"])
  })

  it("puts U+FFFD for what is not UTF-8 and counts it, but not the U+FFFD that were sent", () => {
    const read = read1("a\ufffd\n")
    assert.deepStrictEqual([read.lines, read.replaced], [["a\ufffd"], 0])
    const invalid = readBytes([0x61, 0xff, 0x62, 0xf0, 0x9f, 0x0a, 0xef, 0xbf, 0xbd, 0x0a])
    assert.deepStrictEqual([invalid.lines, invalid.replaced], [["a\ufffdb\ufffd", "\ufffd"], 2])
  })

  it("names the line and the byte at which a line is too long, after the lines before it", () => {
    const result = read1("ab\r\ncde\nfghi\nj", { maxLineLength: 3 })
    assert.deepStrictEqual(result.lines, ["ab", "cde"])
    assert.deepStrictEqual(result.failure, { _tag: "LineTooLong", line: 3, offset: 8 })
  })

  it("names the line and the byte at which a line is not UTF-8, after the lines before it", () => {
    const result = readBytes([0x61, 0x0a, 0xc3, 0xa9, 0x0d, 0x0a, 0xff, 0x0a, 0x62], { onInvalidUtf8: "fail" })
    assert.deepStrictEqual(result.lines, ["a", "é"])
    assert.deepStrictEqual(result.failure, { _tag: "InvalidUtf8", line: 3, offset: 6 })
  })

  it("knows where the line begins that is not whole", () => {
    const framer = Lines.make({ maxLineLength: 4, onLongLine: "skip" })
    framer.push(utf8.encode("\ufeffab\ntoo long\ncd"))
    assert.deepStrictEqual([framer.place, framer.pending, framer.skipped], [{ offset: 15, lines: 2 }, 2, 1])
  })

  it("gives the lines of any input cut anywhere as the naive reading gives them", () => {
    const random = randoms(7)
    for (let run = 0; run < 1500; run++) {
      const bytes = randomBytes(random)
      const options = randomOptions(random)
      const expected = naiveLines(bytes, options)
      assert.deepStrictEqual(read([...bytes].map((byte) => Uint8Array.of(byte)), options), expected)
      for (let cut = 0; cut <= bytes.length; cut++) assert.deepStrictEqual(read(cutAt(bytes, [cut]), options), expected)
    }
  })

  it("gives the lines of 50,000 random inputs in random pieces as the naive reading gives them", () => {
    const random = randoms(11)
    for (let run = 0; run < 50_000; run++) {
      const bytes = randomBytes(random)
      const options = randomOptions(random)
      const result = read(cutAt(bytes, randomCuts(random, bytes.length)), options)
      const expected = naiveLines(bytes, options)
      if (JSON.stringify(result) !== JSON.stringify(expected)) assert.deepStrictEqual(result, expected, `run ${run}`)
    }
  })
})

const readBytes = (bytes: ReadonlyArray<number>, options: Lines.Options = {}) => read([Uint8Array.from(bytes)], options)

describe("Lines, hostile input", () => {
  const chunk = new Uint8Array(64 * 1024).fill(0x61)
  const limit = 1024 * 1024

  it("a line of many times the limit is passed over without keeping more than the limit", () => {
    const begin = 10e9
    const framer = Lines.make({ onLongLine: "skip", from: { offset: begin, lines: 7 } })
    let pending = 0
    let sent = 0
    for (; sent < 100 * limit; sent += chunk.length) {
      framer.push(chunk)
      pending = Math.max(pending, framer.pending)
      if (sent > limit) assert.strictEqual(framer.pending, 0)
    }
    assert.isAtMost(pending, limit)
    assert.deepStrictEqual(framer.push(utf8.encode("\nnext\n")), { payload: ["next"], records: 1, bytes: 5 })
    assert.deepStrictEqual([framer.skipped, framer.place], [1, { offset: begin + sent + 6, lines: 9 }])
  })

  it("a line without end fails as soon as it is too long", () => {
    const framer = Lines.make()
    let pushes = 1
    let cut = framer.push(chunk)
    for (; cut.failure === undefined; pushes++) cut = framer.push(chunk)
    assert.strictEqual(pushes, limit / chunk.length + 1)
    assert.deepStrictEqual(framer.push(utf8.encode("more\n")).records, 0)
  })

  it("a line of the limit is whole and a line of one byte more is not", () => {
    const line = (length: number) => "a".repeat(length) + "\n"
    assert.strictEqual(read1(line(limit)).lines.length, 1)
    assert.strictEqual(read1(line(limit + 1)).failure?._tag, "LineTooLong")
    assert.strictEqual(read1("a".repeat(limit) + "\r\n").lines[0]?.length, limit)
    assert.strictEqual(read1("a".repeat(limit) + "\r").failure?._tag, "LineTooLong")
  })

  it("a line sent byte by byte costs what its bytes cost", () => {
    const byte = Uint8Array.of(0x61)
    const framer = Lines.make()
    const pushes = (count: number): number => {
      const start = performance.now()
      for (let i = 0; i < count; i++) framer.push(byte)
      return performance.now() - start
    }
    const step = 32 * 1024
    pushes(step)
    const early = pushes(step)
    pushes(8 * step)
    const late = pushes(step)
    assert.strictEqual(framer.pending, 11 * step)
    assert.isBelow(late, 5 * early + 50)
  })
})
