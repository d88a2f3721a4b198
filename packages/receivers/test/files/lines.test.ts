import { assert, describe, it } from "@effect/vitest"
import * as Files from "@millrace/receivers/Files"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { appendFileSync, copyFileSync, mkdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { blocksOf, linesOf, openPull, readAll, rereadOf, temporaryDirectory, write } from "./support.ts"

const read = (path: string, options: Partial<Files.LineOptions> = {}) => readAll({ name: "files", path, ...options })

describe("Files.lines", () => {
  it.live("reads one file", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, { "a.txt": "\ufeffto be\r\nor\n\nnot\rto be", b: "no" })
      assert.deepStrictEqual(yield* read(join(directory, "a.txt")), {
        lines: ["to be", "or", "", "not\rto be"],
        error: undefined
      })
    }))

  it.live("reads the files of a directory in the order of their names, each from its own beginning to its own end", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, { "b": "three", "10": "\ufeffone\ntwo\n", "B": "", "ä": "last\n", ".hidden": "no", "a.tmp": "no" })
      mkdirSync(join(directory, "below"))
      write(join(directory, "below"), { c: "no" })
      const filter = (name: string) => !name.startsWith(".") && !name.endsWith(".tmp")
      assert.deepStrictEqual((yield* read(directory, { filter })).lines, ["one", "two", "three", "last"])
      assert.deepStrictEqual((yield* read(directory, { filter: (name) => name === ".hidden" })).lines, ["no"])
    }))

  it.live("an empty directory and an empty file have no lines", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      assert.deepStrictEqual(yield* read(directory), { lines: [], error: undefined })
      write(directory, { empty: "" })
      assert.deepStrictEqual(yield* read(directory), { lines: [], error: undefined })
    }))

  it.live("any number of empty files is passed, and does not end the reading", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      for (let index = 0; index < 200; index++) write(directory, { [`a${index}`]: "" })
      write(directory, { b: "last\n" })
      assert.deepStrictEqual((yield* read(directory)).lines, ["last"])
    }))

  it.live("reads bytes as latin1 where it is told so, and replaces or refuses what is no UTF-8 where not", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, { a: Buffer.from("fine\ncaf\xe9\nfine\n", "latin1") })
      assert.deepStrictEqual((yield* read(directory, { encoding: "latin1" })).lines, ["fine", "café", "fine"])
      assert.deepStrictEqual((yield* read(directory)).lines, ["fine", "caf\ufffd", "fine"])
      const { error, lines } = yield* read(directory, { onInvalidUtf8: "fail" })
      assert.deepStrictEqual(lines, ["fine"])
      assert.deepStrictEqual(error?.reason._tag, "InvalidUtf8")
      assert.strictEqual(error?.path, join(directory, "a"))
      assert.isFalse(error?.isRetryable)
    }))

  it.live("a line that is too long ends the reading after the lines before it, or is passed over", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, { a: `one\n${"x".repeat(1_000)}\ntwo\n`, b: "three\n" })
      const { error, lines } = yield* read(directory, { maxLineLength: 999, blockBytes: 64 })
      assert.deepStrictEqual(lines, ["one"])
      assert.strictEqual(error?.reason._tag, "LineTooLong")
      const skipping = yield* read(directory, { maxLineLength: 999, blockBytes: 64, onLongLine: "skip" })
      assert.deepStrictEqual(skipping.lines, ["one", "two", "three"])
    }))

  it.live("hands over large blocks of text, and small files together", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const line = `${"x".repeat(99)}\n`
      write(directory, Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`a${String(i).padStart(3, "0")}`, `${i}\n`])))
      write(directory, { b: line.repeat(5_000) })
      const blocks = yield* blocksOf({ name: "files", path: directory })
      assert.deepStrictEqual(blocks.slice(0, 1).map(({ records }) => records), [64])
      assert.strictEqual(blocks.reduce((sum, { records }) => sum + records, 0), 5_100)
      assert.isAtMost(blocks.length, 6)
      assert.isAtLeast(Math.max(...blocks.map(({ bytes }) => bytes)), 128 * 1024 - 100)
    }))

  it.live("a pull that is interrupted loses nothing", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, { a: Array.from({ length: 200 }, (_, i) => `${i}\n`).join("") })
      const lines: Array<string> = []
      const pull = yield* openPull({ name: "files", path: directory, blockBytes: 16 })
      for (let turn = 0; lines.length < 200; turn++) {
        const taken = Effect.map(pull, ({ payload }) => lines.push(...linesOf(payload)))
        yield* Effect.ignore(turn % 3 === 0 ? taken : Effect.raceFirst(taken, turn % 3 === 1 ? Effect.yieldNow : Effect.promise(() => Promise.resolve())))
      }
      assert.deepStrictEqual(lines, Array.from({ length: 200 }, (_, i) => String(i)))
    }))

  const texts = Arbitrary.array(
    Arbitrary.map(
      Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "é", "\n", "\r\n", "\r", "\ufeff", "", "long enough to be cut"]))),
      (parts) => parts.join("")
    ),
    { maxLength: 5 }
  )

  it.live.prop("any two positions tell what was read between them, and the lines are those a naive reader finds", [
    texts,
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })))
  ], ([files, blockBytes]) =>
    Effect.scoped(Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, Object.fromEntries(files.map((text, index) => [`f${index}`, text])))
      const options = { name: "files", path: directory, blockBytes }
      const blocks = yield* blocksOf(options)
      const naive = files.flatMap((text) => {
        const lines = text.replace(/^\ufeff/, "").split("\n")
        const last = lines.pop()!
        return [...lines.map((line) => line.replace(/\r$/, "")), ...(last === "" ? [] : [last])]
      })
      assert.deepStrictEqual(blocks.flatMap(({ payload }) => linesOf(payload)), naive)
      for (let until = 0; until < blocks.length; until++) {
        const from = Math.floor(until / 2)
        const expected = blocks.slice(from, until + 1).flatMap(({ payload }) => linesOf(payload))
        const found = yield* rereadOf(options, blocks[from - 1]?.resumeAfter, blocks[until]!.resumeAfter!)
        assert.deepStrictEqual(found, expected)
      }
      const last = blocks.at(-1)?.resumeAfter
      if (last !== undefined) {
        assert.deepStrictEqual(yield* rereadOf(options, undefined, last), naive)
        assert.deepStrictEqual(yield* rereadOf(options, last, last), [])
      }
    })), { arbitrary: { runs: 100 } })
})

describe("a later run", () => {
  const positionAfter = (path: string) =>
    Effect.map(blocksOf({ name: "files", path }), (blocks) => blocks.at(-1)!.resumeAfter!)
  const resumed = (path: string, position: Files.Position) => readAll({ name: "files", path }, position)
  const file = Effect.map(temporaryDirectory, (directory) => {
    write(directory, { a: "one\n", b: "two\nthree\n" })
    return directory
  })

  it.live("reads what a file has grown by, and the files that came after it", () =>
    Effect.gen(function*() {
      const directory = yield* file
      const position = yield* positionAfter(directory)
      assert.deepStrictEqual(yield* resumed(directory, position), { lines: [], error: undefined })
      appendFileSync(join(directory, "b"), "four\n")
      write(directory, { c: "five\n", Z: "too early\n" })
      assert.deepStrictEqual((yield* resumed(directory, position)).lines, ["four", "five"])
    }))

  it.live("does not need the files that were read to their end", () =>
    Effect.gen(function*() {
      const directory = yield* file
      const position = yield* positionAfter(directory)
      write(directory, { c: "four\n" })
      rmSync(join(directory, "a"))
      rmSync(join(directory, "b"))
      assert.deepStrictEqual((yield* resumed(directory, position)).lines, ["four"])
    }))

  it.live("takes a copy with the same size and time for the file", () =>
    Effect.gen(function*() {
      const directory = yield* file
      const position = yield* positionAfter(directory)
      const path = join(directory, "b")
      const { atime, mtime } = statSync(path)
      utimesSync(path, atime, mtime)
      const exact = yield* positionAfter(directory)
      copyFileSync(path, `${path}2`)
      utimesSync(`${path}2`, atime, mtime)
      renameSync(`${path}2`, path)
      assert.deepStrictEqual(yield* resumed(directory, exact), { lines: [], error: undefined })
      assert.notStrictEqual(position.inode, String(statSync(path).ino))
    }))

  const changed = (title: string, how: Files.FileChanged["how"], change: (path: string) => void) =>
    it.live(title, () =>
      Effect.gen(function*() {
        const directory = yield* file
        const position = yield* positionAfter(directory)
        change(join(directory, "b"))
        const { error, lines } = yield* resumed(directory, position)
        assert.deepStrictEqual(lines, [])
        assert.deepStrictEqual(error?.reason, new Files.FileChanged({ how }))
        assert.strictEqual(error?.path, join(directory, "b"))
      }))

  changed("refuses a file that shrank", "shrunk", (path) => write(join(path, ".."), { b: "two\n" }))
  changed("refuses a file that was written to and is as long", "rewritten", (path) => {
    write(join(path, ".."), { b: "TWO\nTHREE\n" })
    utimesSync(path, 1, 1)
  })
  changed("refuses another file of the name", "replaced", (path) => {
    renameSync(path, join(path, "../kept"))
    write(join(path, ".."), { b: "something else\n" })
  })

  it.live("refuses a file whose last line, that had no ending, goes on", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, { a: "one\ntw" })
      const position = yield* positionAfter(directory)
      assert.deepStrictEqual(yield* resumed(directory, position), { lines: [], error: undefined })
      appendFileSync(join(directory, "a"), "o\n")
      const { error } = yield* resumed(directory, position)
      assert.deepStrictEqual(error?.reason, new Files.FileChanged({ how: "continued" }))
      assert.deepStrictEqual(yield* rereadOf({ name: "files", path: directory }, undefined, position), ["one", "tw"])
    }))

  it.live("refuses to go on in a file that is gone, and to read a range again that other files joined", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, { a: "one\n", c: "two\nthree\n" })
      const options = { name: "files", path: directory, blockBytes: 4 }
      const [first, second] = yield* blocksOf(options)
      write(directory, { b: "between\n" })
      const error = yield* Effect.flip(rereadOf(options, first?.resumeAfter, second!.resumeAfter!))
      assert.deepStrictEqual(error.reason, new Files.FileChanged({ how: "others" }))
      rmSync(join(directory, "c"))
      const gone = yield* readAll(options, second?.resumeAfter)
      assert.deepStrictEqual([gone.error?.reason._tag, gone.error?.path], ["NotFound", join(directory, "c")])
    }))
})
