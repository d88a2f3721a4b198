import { assert, describe, it } from "@effect/vitest"
import * as Files from "@millrace/receivers/Files"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import { platform } from "node:os"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { readUntil, reread } from "./reading.ts"
import { openIn, temporaryDirectory, write } from "./support.ts"

const kinds = [["gz", gzipSync], ["zst", zstdCompressSync]] as const

const lines = (path: string, options: Partial<Files.LineOptions> = {}) => Files.lines({ name: "files", path, ...options })

for (const [extension, compress] of kinds) {
  describe(`files that end with .${extension}`, () => {
    it.live.prop("any two positions tell what was read between them, whatever parts the file was put together of", [
      Arbitrary.array(Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "é", "\n", "\r\n", "long enough to be cut"]))), { maxLength: 4 }),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 24 })))
    ], ([parts, blockBytes]) =>
      Effect.gen(function*() {
        const path = yield* temporaryDirectory
        const texts = parts.map((part) => part.join(""))
        write(path, {
          [`a.${extension}`]: Buffer.concat(["", ...texts].map((text) => compress(text))),
          b: texts.join("")
        })
        const all = texts.join("").split("\n")
        const last = all.pop() ?? ""
        const once = [...all.map((line) => line.replace(/\r$/, "")), ...(last === "" ? [] : [last])]
        const expected = [...once, ...once]
        const receiver = lines(path, { blockBytes })
        const { error, records, taken } = yield* readUntil(receiver)
        assert.isUndefined(error)
        assert.deepStrictEqual(records, expected)
        for (const [index, { position }] of taken.entries()) {
          const before = taken.slice(0, index + 1).flatMap(({ records }) => records)
          assert.deepStrictEqual((yield* readUntil(receiver, Infinity, position)).records, expected.slice(before.length))
          const from = Math.floor(index / 2)
          assert.deepStrictEqual(
            yield* reread(receiver, taken[from]?.position, position),
            taken.slice(from + 1, index + 1).flatMap(({ records }) => records)
          )
        }
        if (platform() === "linux") assert.strictEqual(openIn(path), 0)
      }), { arbitrary: { runs: 25 } })

    it.live("large ones are read in blocks and resumed in the middle", () =>
      Effect.gen(function*() {
        const path = join(yield* temporaryDirectory, `large.${extension}`)
        const expected = Array.from({ length: 100_000 }, (_, index) => `line ${index} of a large file`)
        writeFileSync(path, compress(expected.join("\n")))
        const { records, taken } = yield* readUntil(lines(path))
        assert.deepStrictEqual(records, expected)
        const half = taken[Math.floor(taken.length / 2)]?.position
        const rest = yield* readUntil(lines(path), Infinity, half)
        assert.isAbove(rest.records.length, 10_000)
        assert.deepStrictEqual(rest.records, expected.slice(-rest.records.length))
      }))

    it.live("one that is cut off, damaged or something else is told after what came before, and is no end", () =>
      Effect.gen(function*() {
        const path = join(yield* temporaryDirectory, `a.${extension}`)
        const whole = compress("one\ntwo\n")
        for (const bytes of [whole.subarray(0, -3), Buffer.from("no such thing"), Buffer.concat([whole, Buffer.from("junk")])]) {
          writeFileSync(path, bytes)
          const { error } = yield* readUntil(lines(path))
          assert.deepStrictEqual([error?.reason._tag, error?.isRetryable], ["NotDecompressed", false])
        }
        writeFileSync(path, Buffer.concat([compress("one\ntwo\n"), compress("three\n").subarray(0, -3)]))
        assert.deepStrictEqual((yield* readUntil(lines(path))).records.slice(0, 2), ["one", "two"])
      }))

    it.live("a bomb is stopped by its size and by its ratio", () =>
      Effect.gen(function*() {
        const path = join(yield* temporaryDirectory, `bomb.${extension}`)
        writeFileSync(path, compress(Buffer.alloc(40 * 1024 * 1024, "aaaaaaaaaaaaaaa\n")))
        const stopped = (options: Partial<Files.LineOptions>) =>
          Effect.map(readUntil(lines(path, options)), ({ error, taken }) => {
            assert.isAtMost(taken.length, 200)
            return error?.reason
          })
        assert.deepStrictEqual(yield* stopped({ maxDecompressedBytes: 1_000_000 }), new Files.TooLarge({ limit: 1_000_000, unit: "bytes" }))
        assert.deepStrictEqual(yield* stopped({ maxDecompressionRatio: 50 }), new Files.TooLarge({ limit: 50, unit: "times its size" }))
      }))
  })
}

describe("compression", () => {
  it.live("is told by the name, or by the option", () =>
    Effect.gen(function*() {
      const path = yield* temporaryDirectory
      write(path, { a: gzipSync("one\n") })
      assert.deepStrictEqual((yield* readUntil(lines(path, { compression: "gzip" }))).records, ["one"])
      write(path, { "a": "", "b.gz": "plain\n" })
      assert.deepStrictEqual((yield* readUntil(lines(path, { compression: "none" }))).records, ["plain"])
      const { error } = yield* readUntil(lines(path, { maxDecompressedBytes: 0 }))
      assert.strictEqual(error?.reason._tag, "InvalidOption")
    }))

  it.live("a watched directory may hold both kinds; whole files are whole after decompression", () =>
    Effect.gen(function*() {
      const path = join(yield* temporaryDirectory, "inbox")
      mkdirSync(path)
      write(path, { "a.gz": gzipSync("one"), "b.zst": zstdCompressSync("two"), "c": "three" })
      const receiver = Files.watch({ name: "watch", path, pollInterval: "1 millis", blockBytes: 2, format: Files.wholeText() })
      const { position, records } = yield* readUntil(receiver, 3)
      assert.deepStrictEqual([...records].sort((a, b) => a.file < b.file ? -1 : 1), [
        { file: "a.gz", content: "one" },
        { file: "b.zst", content: "two" },
        { file: "c", content: "three" }
      ])
      assert.deepStrictEqual(yield* reread(receiver, undefined, position), records)
    }))

  it.live("a file that changes while it is read is told", () =>
    Effect.gen(function*() {
      const path = join(yield* temporaryDirectory, "a.gz")
      writeFileSync(path, gzipSync("one\n".repeat(100)))
      const { position } = yield* readUntil(lines(path, { blockBytes: 40 }), 10)
      appendFileSync(path, gzipSync("two\n"))
      const rest = yield* readUntil(lines(path), Infinity, position)
      // What was only added is what a later run reads.
      assert.strictEqual(rest.records.length, 91)
      writeFileSync(path, gzipSync("x"))
      const { error } = yield* readUntil(lines(path), Infinity, position)
      assert.deepStrictEqual(error?.reason, new Files.FileChanged({ how: "shrunk" }))
    }))
})
