import { assert, describe, it } from "@effect/vitest"
import * as Files from "@millrace/receivers/Files"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { appendFileSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { platform } from "node:os"
import { join } from "node:path"
import { blocksOf, linesOf, openIn, openPull, readAll, temporaryDirectory, write } from "./support.ts"

const refused = (options: Partial<Files.LineOptions> & { readonly path: string }) =>
  Effect.map(readAll({ name: "files", ...options }), ({ error, lines }) => {
    assert.deepStrictEqual(lines, [])
    assert.instanceOf(error, Files.FilesError)
    assert.isFalse(error.isRetryable)
    return error
  })

const onPosix = it.live.skipIf(platform() === "win32")

describe("paths", () => {
  it.live("a path with NUL, an empty one, and options that cannot be used are refused before anything is opened", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [Partial<Files.LineOptions> & { readonly path: string }, string]> = [
        [{ path: "a\0b" }, "path"],
        [{ path: "" }, "path"],
        [{ path: ".", root: "\0" }, "root"],
        [{ path: ".", maxLineLength: -1 }, "maxLineLength"],
        [{ path: ".", blockBytes: 0 }, "blockBytes"],
        [{ path: ".", blockBytes: 1.5 }, "blockBytes"],
        [{ path: ".", blockBytes: Number.NaN }, "blockBytes"],
        [{ path: ".", blockBytes: 1e12 }, "blockBytes"]
      ]
      for (const [options, option] of wrong) {
        const { reason } = yield* refused(options)
        assert.isTrue(reason._tag === "InvalidOption" && reason.option === option, option)
      }
    }))

  it.live("what is not there is refused, and says which", () =>
    Effect.gen(function*() {
      const path = join(yield* temporaryDirectory, "missing")
      const error = yield* refused({ path })
      assert.strictEqual(
        error.message,
        `receiver "files", "${path}": there is nothing of this name; check the path, and leave files where they are ` +
          "until they were read"
      )
    }))

  onPosix("a path may not lead out of its root, neither by .. nor absolutely nor by a link", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const root = join(directory, "shelf")
      mkdirSync(root)
      mkdirSync(`${root}-like`)
      write(directory, { secret: "hunter2\n" })
      write(root, { fine: "fine\n" })
      symlinkSync("../secret", join(root, "link"))
      symlinkSync("..", join(root, "up"))
      for (const path of ["../secret", "..", "link", "up/secret", "../shelf-like", "../shelf/../secret"]) {
        const { message, reason } = yield* refused({ path: `${root}/${path}`, root })
        assert.deepStrictEqual(reason, new Files.OutsideRoot({ root }))
        assert.notInclude(message, "hunter2")
      }
      assert.strictEqual((yield* refused({ path: "/etc/passwd", root })).reason._tag, "OutsideRoot")
      for (const path of ["fine", "../shelf/fine", "./up/shelf/fine", "."]) {
        const filter = (name: string) => name === "fine"
        assert.deepStrictEqual((yield* readAll({ name: "f", path: `${root}/${path}`, root, filter })).lines, ["fine"])
      }
    }))

  onPosix("links in a directory are refused, wherever they lead; a path that is one is followed", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, { real: "one\n" })
      mkdirSync(join(directory, "in"))
      symlinkSync("../real", join(directory, "in/link"))
      assert.deepStrictEqual((yield* refused({ path: join(directory, "in") })).reason, new Files.NotAFile({ kind: "symbolic link" }))
      assert.deepStrictEqual((yield* readAll({ name: "files", path: join(directory, "in/link") })).lines, ["one"])
      assert.deepStrictEqual((yield* readAll({ name: "f", path: join(directory, "in"), filter: () => false })).lines, [])
    }))

  onPosix("a loop of links is refused", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      symlinkSync("b", join(directory, "a"))
      symlinkSync("a", join(directory, "b"))
      for (const path of [join(directory, "a"), directory]) {
        assert.deepStrictEqual((yield* refused({ path })).reason, new Files.NotAFile({ kind: "symbolic link" }))
      }
    }))

  onPosix("a pipe and a device are refused and not waited for", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      execFileSync("mkfifo", [join(directory, "pipe")])
      for (const path of [join(directory, "pipe"), directory]) {
        assert.deepStrictEqual((yield* refused({ path })).reason, new Files.NotAFile({ kind: "pipe" }))
      }
      assert.deepStrictEqual((yield* refused({ path: "/dev/zero" })).reason, new Files.NotAFile({ kind: "device" }))
    }))

  onPosix("what became a pipe or a link after it was looked for is refused too", () =>
    Effect.gen(function*() {
      for (const kind of ["pipe", "symbolic link"] as const) {
        const directory = yield* temporaryDirectory
        write(directory, { a: "one\n", b: "two\n" })
        const pull = yield* openPull({ name: "files", path: directory, blockBytes: 4 })
        assert.deepStrictEqual((yield* pull).payload, ["one"])
        rmSync(join(directory, "b"))
        if (kind === "pipe") execFileSync("mkfifo", [join(directory, "b")])
        else symlinkSync("a", join(directory, "b"))
        const error = yield* Effect.flip(pull)
        assert.isTrue(error instanceof Files.FilesError && error.reason._tag === "NotAFile" && error.reason.kind === kind)
      }
    }))

  it.live("names of 255 bytes are read; one that is not UTF-8 is refused", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      write(directory, { ["é".repeat(127)]: "one\n", ["x".repeat(255)]: "two\n", "line\nbreak": "three\n", "__proto__": "" })
      writeFileSync(join(directory, "__proto__"), "zero\n")
      assert.deepStrictEqual((yield* readAll({ name: "files", path: directory })).lines, ["zero", "three", "two", "one"])
      if (platform() !== "linux") return
      writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.of(0x61, 0xff)]), "four\n")
      assert.strictEqual((yield* refused({ path: directory })).reason._tag, "InvalidName")
    }))

  it.live("a hundred thousand files are each read once", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const nameOf = (index: number) => join(directory, `f${String(index).padStart(6, "0")}`)
      const different = 1_000
      // A second name for a file is made much faster than a file.
      for (let index = 0; index < 100_000; index++) {
        if (index < different) writeFileSync(nameOf(index), `${index}\n`)
        else linkSync(nameOf(index % different), nameOf(index))
      }
      const blocks = yield* blocksOf({ name: "files", path: directory })
      const lines = blocks.flatMap(({ payload }) => linesOf(payload))
      assert.strictEqual(lines.length, 100_000)
      assert.isTrue(lines.every((line, index) => line === String(index % different)))
      assert.strictEqual(blocks.at(-1)?.resumeAfter?.files, 99_999)
      if (platform() === "linux") assert.strictEqual(openIn(directory), 0)
    }), 120_000)
})

describe("a file that does not hold still", () => {
  const content = "0123456\n".repeat(100)
  const changing = (change: (path: string) => void) =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const path = join(directory, "a")
      writeFileSync(path, content)
      const pull = yield* openPull({ name: "files", path: directory, blockBytes: 80 })
      const lines = [...linesOf((yield* pull).payload)]
      assert.strictEqual(lines.length, 10)
      change(path)
      const error = yield* Effect.flip(Effect.forever(Effect.map(pull, ({ payload }) => lines.push(...linesOf(payload)))))
      return { lines, error }
    })
  const changed = (title: string, how: Files.FileChanged["how"], change: (path: string) => void) =>
    it.live(title, () =>
      Effect.gen(function*() {
        const { error } = yield* changing(change)
        assert.isTrue(error instanceof Files.FilesError)
        assert.deepStrictEqual((error as Files.FilesError).reason, new Files.FileChanged({ how }))
      }))

  changed("that shrinks is noticed", "shrunk", (path) => truncateSync(path, 160))
  changed("that shrinks to less than was read is noticed", "shrunk", (path) => truncateSync(path, 0))
  changed("that is replaced is noticed", "replaced", (path) => {
    writeFileSync(`${path}2`, content)
    renameSync(`${path}2`, path)
  })
  changed("that is written to is noticed", "rewritten", (path) => {
    writeFileSync(path, content.replaceAll("0", "o"))
    utimesSync(path, 1, 1)
  })

  it.live("that is removed is noticed, and what was read of it was given", () =>
    Effect.gen(function*() {
      const { error, lines } = yield* changing(rmSync)
      assert.strictEqual(error instanceof Files.FilesError && error.reason._tag, "NotFound")
      assert.isAtLeast(lines.length, 90)
    }))

  it.live("that grows is read to its new end", () =>
    Effect.gen(function*() {
      const { lines } = yield* changing((path) => appendFileSync(path, "more\nand mo"))
      assert.strictEqual(lines.length, 102)
      assert.deepStrictEqual(lines.slice(-2), ["more", "and mo"])
    }))
})
