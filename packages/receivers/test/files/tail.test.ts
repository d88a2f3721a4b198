import { assert, describe, it } from "@effect/vitest"
import * as Files from "@millrace/receivers/Files"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import { execFileSync } from "node:child_process"
import { appendFileSync, copyFileSync, existsSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { platform } from "node:os"
import { join } from "node:path"
import { opened, readUntil, reread, type Taken } from "./reading.ts"
import { openIn, temporaryDirectory } from "./support.ts"

type Options = Partial<Omit<Files.TailOptions, "path">>

const tail = (path: string, options: Options = {}, text: Files.TextOptions = {}) =>
  Files.tail({
    name: "tail",
    path,
    pollInterval: "1 millis",
    rotateWait: "3 millis",
    blockBytes: 64,
    format: Files.textLines(text),
    ...options
  })

const log = Effect.map(temporaryDirectory, (directory) => join(directory, "app.log"))

/** `app.log` becomes `app.log.1`, that `app.log.2`, and so on. */
const shift = (path: string): void => {
  let last = 1
  while (existsSync(`${path}.${last}`)) last++
  for (let number = last; number > 1; number--) renameSync(`${path}.${number - 1}`, `${path}.${number}`)
}

const rename = (path: string): void => {
  shift(path)
  renameSync(path, `${path}.1`)
}

const copyAndCut = (path: string): void => {
  shift(path)
  copyFileSync(path, `${path}.1`)
  truncateSync(path)
}

describe("Files.tail", () => {
  it.live("gives what is appended, and a line once it is whole", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* log
      writeFileSync(path, "one\ntw")
      const pull = yield* opened(tail(path))
      assert.deepStrictEqual((yield* pull).records, ["one"])
      const waiting = yield* Effect.forkScoped(pull)
      appendFileSync(path, "o\nthr")
      assert.deepStrictEqual((yield* Fiber.join(waiting)).records, ["two"])
    })))

  for (const [how, rotate] of [["renamed", rename], ["copied and cut off", copyAndCut]] as const) {
    it.live(`reads the rest of a file that was ${how} while nobody read, then what came after`, () =>
      Effect.gen(function*() {
        const path = yield* log
        writeFileSync(path, "one\ntwo\n")
        const { position } = yield* readUntil(tail(path, { blockBytes: 4 }), 1)
        appendFileSync(path, "three\nfour")
        for (const line of ["five\n", "six\nseven\n", "eight\n"]) {
          rotate(path)
          appendFileSync(path, line)
        }
        const rest = yield* readUntil(tail(path), 7, position)
        assert.deepStrictEqual(rest.records, ["two", "three", "four", "five", "six", "seven", "eight"])
        assert.deepStrictEqual(yield* reread(tail(path), position, rest.position), rest.records)
      }))
  }

  it.live("what a writer still appends to a renamed file is read before the new one", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* log
      writeFileSync(path, "one\n")
      const pull = yield* opened(tail(path, { rotateWait: "1 minute" }))
      assert.deepStrictEqual((yield* pull).records, ["one"])
      rename(path)
      writeFileSync(path, "three\n")
      const waiting = yield* Effect.forkScoped(pull)
      yield* Effect.sleep("5 millis")
      appendFileSync(`${path}.1`, "two\n")
      assert.deepStrictEqual((yield* Fiber.join(waiting)).records, ["two"])
    })))

  it.live("new lines only: what was there at the first start is never read", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* log
      writeFileSync(path, "old\nhal")
      const receiver = tail(path, { existing: "skip" })
      const first = yield* Effect.flatMap(opened(receiver), (pull) => pull)
      assert.deepStrictEqual(first.records, [])
      appendFileSync(path, "f\nnew\n")
      rename(path)
      writeFileSync(path, "newer\n")
      const later = yield* readUntil(receiver, 3, first.position)
      assert.deepStrictEqual(later.records, ["half", "new", "newer"])
      assert.deepStrictEqual(yield* reread(receiver, undefined, later.position), later.records)
    })))

  it.live("a file that is not there at the first start is refused", () =>
    Effect.gen(function*() {
      const path = yield* log
      assert.strictEqual((yield* readUntil(tail(path))).error?.reason._tag, "NotFound")
    }))

  it.live.skipIf(platform() === "win32")("a pipe, a device, and a path out of its root are refused and not waited for", () =>
    Effect.gen(function*() {
      const path = yield* log
      execFileSync("mkfifo", [path])
      assert.deepStrictEqual((yield* readUntil(tail(path))).error?.reason, new Files.NotAFile({ kind: "pipe" }))
      assert.deepStrictEqual((yield* readUntil(tail("/dev/zero"))).error?.reason, new Files.NotAFile({ kind: "device" }))
      const { error } = yield* readUntil(tail("/etc/passwd", { root: join(path, "..") }))
      assert.strictEqual(error?.reason._tag, "OutsideRoot")
    }))

  it.live("counts the lines that it passed over and the files that it left", () =>
    Effect.gen(function*() {
      const path = yield* log
      writeFileSync(path, `one\n${"x".repeat(300)}\n`)
      const receiver = tail(path, { name: "counted tail" }, { maxLineLength: 100, onLongLine: "skip" })
      const { position } = yield* readUntil(receiver, 1)
      rename(path)
      writeFileSync(path, "two\n")
      yield* readUntil(receiver, 1, position)
      const series = yield* Metric.snapshot
      const counted = (name: string) =>
        series.filter(({ attributes, id }) => id === `millrace_files_${name}_total` && attributes?.["receiver"] === "counted tail")
          .reduce((sum, one) => sum + (one.type === "Counter" ? Number(one.state.count) : 0), 0)
      assert.deepStrictEqual([counted("skipped_lines"), counted("read_files")], [1, 1])
    }))

  it.live("a file that was cut off without a copy, or is gone, is told apart from one that was rotated", () =>
    Effect.gen(function*() {
      for (const change of [(path: string) => truncateSync(path), (path: string) => rmSync(path)]) {
        const path = yield* log
        writeFileSync(path, "one\ntwo\n")
        const { position } = yield* readUntil(tail(path), 2)
        change(path)
        appendFileSync(path, "a longer line than there was\n")
        const { error, records } = yield* readUntil(tail(path), Infinity, position)
        assert.deepStrictEqual(records, [])
        assert.deepStrictEqual(error?.reason, new Files.FileChanged({ how: "lost" }))
        const rest = yield* readUntil(tail(path, { onLost: "report" }), 1, position)
        assert.deepStrictEqual(rest.records, ["a longer line than there was"])
      }
    }))

  it.live("a line that is too long ends the reading after the lines before it", () =>
    Effect.gen(function*() {
      const path = yield* log
      writeFileSync(path, `one\n${"x".repeat(300)}\ntwo\n`)
      const { error, records } = yield* readUntil(tail(path, {}, { maxLineLength: 100 }))
      assert.deepStrictEqual([records, error?.reason._tag], [["one"], "LineTooLong"])
      const skipping = yield* readUntil(tail(path, {}, { maxLineLength: 100, onLongLine: "skip" }), 2)
      assert.deepStrictEqual(skipping.records, ["one", "two"])
    }))
})

/** One thing that a writer, or who rotates, does; or that the reader does. */
const step = Arbitrary.schema(Schema.Literals(["write", "write", "write many", "write part", "rename", "copy", "read", "read", "crash"]))

describe("any writing, rotating and crashing", () => {
  it.live.prop("loses no line and gives none twice, and any range of positions gives what it gave", [
    Arbitrary.array(step, { minLength: 5, maxLength: 40 }),
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 4, maximum: 300 })))
  ], ([steps, blockBytes]) =>
    Effect.gen(function*() {
      const path = yield* log
      writeFileSync(path, "")
      const receiver = tail(path, { blockBytes })
      const written: Array<string> = [""]
      let next = 0
      const write = (text: string) => {
        written[written.length - 1] += text
        appendFileSync(path, text)
      }
      const count = () => written.flatMap(linesOf).length
      const taken: Array<Taken<string>> = []
      const readSome = (most: number) =>
        Effect.map(readUntil(receiver, most, taken.at(-1)?.position), (found) => {
          assert.isUndefined(found.error)
          taken.push(...found.taken)
        })
      const given = () => taken.reduce((sum, { records }) => sum + records.length, 0)
      const whole = () => count() - (written.at(-1)!.endsWith("\n") || written.at(-1) === "" ? 0 : 1)
      // What was rotated before the first start is not read.
      write("the beginning\n")
      yield* readSome(1)
      for (const each of steps) {
        if (each === "write") write(`line ${next++} é\n`)
        else if (each === "write many") for (let i = 0; i < 30; i++) write(`line ${next++}\n`)
        else if (each === "write part") write(`part ${next++} `)
        else if (each === "rename" || each === "copy") {
          if (each === "rename") {
            rename(path)
            writeFileSync(path, "")
          } else copyAndCut(path)
          written.push("")
        } else if (whole() > given()) yield* readSome(each === "read" ? 1 : whole() - given())
      }
      write("the end\n")
      if (count() > given()) yield* readSome(count() - given())
      const naive = written.flatMap(linesOf)
      assert.deepStrictEqual(taken.flatMap(({ records }) => records), naive)
      for (let until = 0; until < taken.length; until += 1 + Math.floor(taken.length / 8)) {
        for (const from of [Math.max(0, until - 3), until]) {
          const expected = taken.slice(from, until + 1).flatMap(({ records }) => records)
          assert.deepStrictEqual(yield* reread(receiver, taken[from - 1]?.position, taken[until]!.position), expected)
        }
      }
      if (platform() === "linux") assert.strictEqual(openIn(join(path, "..")), 0)
    }), { arbitrary: { runs: 60 }, timeout: 100_000 })
})

describe("a reader that runs while others write and rotate", () => {
  const doing = Arbitrary.schema(Schema.Literals(["write", "write", "write many", "write part", "rename", "copy", "wait", "wait"]))

  it.live.prop("gives every line once and in order", [Arbitrary.array(doing, { minLength: 10, maxLength: 40 })], ([steps]) =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* log
      writeFileSync(path, "the beginning\n")
      const written: Array<string> = ["the beginning\n"]
      const write = (text: string) => {
        written[written.length - 1] += text
        appendFileSync(path, text)
      }
      const seen: Array<string> = []
      const pull = yield* opened(tail(path, { blockBytes: 128 }))
      const reading = yield* Effect.forkScoped(Effect.gen(function*() {
        while (seen.at(-1) !== "the end") seen.push(...(yield* pull).records)
      }))
      while (seen.length === 0) yield* Effect.sleep("1 millis")
      let next = 0
      for (const each of steps) {
        if (each === "write") write(`line ${next++}\n`)
        else if (each === "write many") for (let i = 0; i < 30; i++) write(`line ${next++} é\n`)
        else if (each === "write part") write(`part ${next++} `)
        else if (each === "wait") yield* Effect.sleep(`${1 + next % 5} millis`)
        else {
          if (each === "copy") copyAndCut(path)
          else {
            rename(path)
            writeFileSync(path, "")
          }
          written.push("")
        }
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      }
      write("\nthe end\n")
      yield* Effect.timeout(Fiber.join(reading), "5 seconds")
      assert.deepStrictEqual(seen, written.flatMap(linesOf))
    })), { arbitrary: { runs: 40 }, timeout: 100_000 })
})

const linesOf = (text: string): ReadonlyArray<string> => {
  const lines = text.split("\n")
  const last = lines.pop() ?? ""
  return last === "" ? lines : [...lines, last]
}
