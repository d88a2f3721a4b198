import { assert, describe, it } from "@effect/vitest"
import * as Files from "@millrace/receivers/Files"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { execFileSync } from "node:child_process"
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { platform, userInfo } from "node:os"
import { dirname, join } from "node:path"
import { opened, readUntil, reread } from "./reading.ts"
import { openIn, temporaryDirectory } from "./support.ts"

type Options = Partial<Omit<Files.WatchOptions, "path">>

const watch = (path: string, options: Options = {}) =>
  Files.watch({ name: "watch", path, pollInterval: "1 millis", blockBytes: 64, format: Files.textLines(), ...options })

/** Writes files elsewhere and moves them in; `age` is how many seconds ago they were last written to. */
const put = (directory: string, files: Readonly<Record<string, string>>, age = 0): void => {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${directory}.part`, content)
    const seconds = Date.now() / 1000 - age
    utimesSync(`${directory}.part`, seconds, seconds)
    renameSync(`${directory}.part`, path)
  }
}

const inbox = Effect.map(temporaryDirectory, (directory) => {
  const path = join(directory, "inbox")
  mkdirSync(path)
  return path
})

const onPosix = it.live.skipIf(platform() === "win32")
const asUser = it.live.skipIf(platform() === "win32" || userInfo().uid === 0)

describe("Files.watch", () => {
  it.live("reads what is there by time and name, and then what appears", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* inbox
      put(path, { b: "2\n" }, 20)
      put(path, { a: "3\n", z: "1\n" }, 10)
      utimesSync(join(path, "z"), 1, 1)
      const pull = yield* opened(watch(path))
      assert.deepStrictEqual((yield* pull).records, ["1", "2", "3"])
      const waiting = yield* Effect.forkScoped(pull)
      put(path, { "0 old": "4\n5\n" }, 100_000)
      assert.deepStrictEqual((yield* Fiber.join(waiting)).records, ["4", "5"])
    })))

  it.live("leaves out what is hidden or being written, and what does not match", () =>
    Effect.gen(function*() {
      const path = yield* inbox
      put(path, { ".a.csv": "no\n", "_b.csv": "no\n", "c.csv.tmp": "no\n", "d.txt": "no\n", "e.csv": "e\n", "x/f.csv": "f\n", "_y/g.csv": "no\n" })
      const all = (options: Options, count: number) => Effect.map(readUntil(watch(path, options), count), ({ records }) => [...records].sort())
      assert.deepStrictEqual(yield* all({ glob: "*.csv" }, 1), ["e"])
      assert.deepStrictEqual(yield* all({ glob: "**/*.csv", recursive: true }, 2), ["e", "f"])
      assert.deepStrictEqual(yield* all({ glob: "{x,z}/[a-f].c?v", recursive: true }, 1), ["f"])
      assert.deepStrictEqual(yield* all({ filter: (name) => name.endsWith(".txt") }, 1), ["no"])
      assert.deepStrictEqual(yield* all({ includeHidden: true, recursive: true }, 7), ["e", "f", "no", "no", "no", "no", "no"])
      const { error } = yield* readUntil(watch(path, { glob: "{a" }))
      assert.deepStrictEqual(error?.reason._tag, "InvalidOption")
    }))

  it.live("new files only: what was there at the first start is never read, though nothing else came before a crash", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* inbox
      put(path, { a: "old\n", b: "old\n" })
      const receiver = watch(path, { existing: "skip" })
      const { position } = yield* readUntil(receiver, 0)
      const first = yield* Effect.flatMap(opened(receiver), (pull) => pull)
      assert.strictEqual(position, undefined)
      put(path, { "0": "new\n" }, 1_000)
      const later = yield* readUntil(receiver, 1, first.position)
      assert.deepStrictEqual(later.records, ["new"])
      assert.deepStrictEqual(yield* reread(receiver, undefined, later.position), ["new"])
      assert.deepStrictEqual(yield* reread(receiver, first.position, later.position), ["new"])
    })))

  it.live("takes a file once it has been left alone for as long as it is told", () =>
    Effect.gen(function*() {
      const path = yield* inbox
      put(path, { fresh: "fresh\n" })
      put(path, { old: "old\n" }, 3_600)
      const { records } = yield* readUntil(watch(path, { minAge: "1 minute" }), 1)
      assert.deepStrictEqual(records, ["old"])
    }))

  it.live("a directory that goes away is waited for, and what was read of it is not read again when it returns", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* inbox
      put(path, { a: "1\n" })
      const pull = yield* opened(watch(path))
      assert.deepStrictEqual((yield* pull).records, ["1"])
      renameSync(path, `${path}.away`)
      const waiting = yield* Effect.forkScoped(pull)
      yield* Effect.sleep("20 millis")
      renameSync(`${path}.away`, path)
      put(path, { b: "2\n" })
      assert.deepStrictEqual((yield* Fiber.join(waiting)).records, ["2"])
    })))

  it.live("a directory that is not there at the first start is refused; after that it is waited for", () =>
    Effect.gen(function*() {
      const path = yield* inbox
      put(path, { a: "1\n" })
      const { position } = yield* readUntil(watch(path), 1)
      rmSync(path, { recursive: true })
      const { error } = yield* readUntil(watch(path))
      assert.deepStrictEqual([error?.reason._tag, error?.isRetryable], ["NotFound", false])
      const [{ records }] = yield* Effect.all([
        readUntil(watch(path), 1, position),
        Effect.andThen(Effect.sleep("10 millis"), Effect.sync(() => put(path, { b: "2\n" })))
      ], { concurrency: 2 })
      assert.deepStrictEqual(records, ["2"])
    }))
})

describe("a file that changes after it was taken", () => {
  const changed = (options: Options, most: number) =>
    Effect.gen(function*() {
      const path = yield* inbox
      put(path, { a: "1\n" })
      const { position } = yield* readUntil(watch(path), 1)
      appendFileSync(join(path, "a"), "2\n")
      put(path, { b: "3\n" }, -10)
      return yield* readUntil(watch(path, options), most, position)
    })

  it.live("fails with FileChanged", () =>
    Effect.gen(function*() {
      const { error, records } = yield* changed({}, Infinity)
      assert.deepStrictEqual(records, [])
      assert.deepStrictEqual(error?.reason, new Files.FileChanged({ how: "taken" }))
    }))

  it.live("is passed over where it is told so", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* changed({ onChanged: "skip" }, 1)).records, ["3"])
    }))

  it.live("is read from its beginning where it is told so", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* changed({ onChanged: "read" }, 3)).records, ["1", "2", "3"])
    }))
})

describe("what a watched directory must not hold", () => {
  onPosix("links, pipes and names that are not UTF-8 are refused, or reported and passed over", () =>
    Effect.gen(function*() {
      const path = yield* inbox
      put(path, { a: "1\n" })
      const kinds: ReadonlyArray<readonly [string, string, () => void]> = [
        ["link", "NotAFile", () => symlinkSync("/etc/passwd", join(path, "link"))],
        ["pipe", "NotAFile", () => execFileSync("mkfifo", [join(path, "pipe")])],
        ["odd", "InvalidName", () => writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.of(0x61, 0xff)]), "no\n")]
      ]
      for (const [name, tag, make] of kinds) {
        if (name === "odd" && platform() !== "linux") continue
        make()
        const { error, records } = yield* readUntil(watch(path))
        assert.deepStrictEqual([records, error?.reason._tag], [[], tag])
        assert.deepStrictEqual((yield* readUntil(watch(path, { onUnreadable: "skip" }), 1)).records, ["1"])
        if (name === "odd") continue
        rmSync(join(path, name))
      }
    }))

  onPosix("a path may not lead out of its root", () =>
    Effect.gen(function*() {
      const path = yield* inbox
      const { error } = yield* readUntil(watch(join(path, ".."), { root: path }))
      assert.strictEqual(error?.reason._tag, "OutsideRoot")
    }))

  onPosix("what became a link or went away after it was found is refused, or reported and passed over", () =>
    Effect.scoped(Effect.gen(function*() {
      for (const change of ["link", "gone"] as const) {
        for (const onUnreadable of ["fail", "skip"] as const) {
          const path = yield* inbox
          put(path, { a: "1\n" }, 3)
          put(path, { b: "2\n" }, 2)
          put(path, { c: "3\n" }, 1)
          const pull = yield* opened(watch(path, { blockBytes: 1, onUnreadable }))
          assert.deepStrictEqual((yield* pull).records, ["1"])
          rmSync(join(path, "b"))
          if (change === "link") symlinkSync("/etc/passwd", join(path, "b"))
          if (onUnreadable === "skip") assert.deepStrictEqual((yield* pull).records, ["3"])
          else assert.include(String(yield* Effect.flip(pull)), join(path, "b"))
        }
      }
    })))

  onPosix("a directory below that became a link after it was looked into is not followed", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* inbox
      put(path, { "a/x": "1\n" }, 3)
      put(path, { "b/x": "2\n" }, 2)
      const pull = yield* opened(watch(path, { blockBytes: 1, recursive: true }))
      assert.deepStrictEqual((yield* pull).records, ["1"])
      mkdirSync(`${path}.else`)
      writeFileSync(join(`${path}.else`, "x"), "hunter2\n")
      rmSync(join(path, "b"), { recursive: true })
      symlinkSync(`${path}.else`, join(path, "b"))
      assert.include(String(yield* Effect.flip(pull)), "symbolic link")
    })))

  asUser("a file that may not be read is told once, and read when it may be", () =>
    Effect.gen(function*() {
      const path = yield* inbox
      put(path, { a: "1\n" })
      put(path, { b: "2\n" }, -10)
      chmodSync(join(path, "a"), 0o000)
      assert.strictEqual((yield* readUntil(watch(path))).error?.reason._tag, "PermissionDenied")
      const receiver = watch(path, { onUnreadable: "skip" })
      const { position, records } = yield* readUntil(receiver, 1)
      assert.deepStrictEqual(records, ["2"])
      chmodSync(join(path, "a"), 0o600)
      assert.deepStrictEqual((yield* readUntil(receiver, 1, position)).records, ["1"])
    }))
})

describe("what is remembered is bounded", () => {
  it.live("files that are gone make room; where all still lie there it fails before the next is taken", () =>
    Effect.gen(function*() {
      const path = yield* inbox
      put(path, { a: "1\n", b: "2\n", c: "3\n", d: "4\n", e: "5\n" })
      const { error, position, records } = yield* readUntil(watch(path, { maxRemembered: 4, blockBytes: 1 }))
      assert.strictEqual(records.length, 4)
      assert.deepStrictEqual(error?.reason, new Files.TooManyFiles({ limit: 4 }))
      for (const name of ["a", "b", "c", "d", "e"]) if (name !== "e" && name !== "d") rmSync(join(path, name))
      const rest = yield* readUntil(watch(path, { maxRemembered: 4 }), 1, position)
      assert.strictEqual(rest.records.length, 1)
    }))

  it.live("the oldest are forgotten where it is told so; then what is as old is reported and never read", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* inbox
      const receiver = watch(path, { maxRemembered: 4, onFull: "forget", blockBytes: 1 })
      const names = Array.from({ length: 12 }, (_, index) => `f${index}`)
      for (const [index, name] of names.entries()) put(path, { [name]: `${index}\n` }, 100 - index)
      const pull = yield* opened(receiver)
      const seen: Array<string> = []
      const positions: Array<unknown> = []
      while (seen.length < 12) {
        const next = yield* pull
        seen.push(...next.records)
        positions.push(next.position)
      }
      assert.deepStrictEqual(seen, names.map((_, index) => String(index)))
      put(path, { late: "late\n" }, 99.5)
      put(path, { f12: "12\n" }, 1)
      assert.deepStrictEqual((yield* pull).records, ["12"])
      // A restart knows the forgotten ones by their times.
      assert.deepStrictEqual((yield* readUntil(receiver, 1, positions.at(-1))).records, ["12"])
      assert.deepStrictEqual(yield* reread(receiver, positions[9], positions[11]), ["10", "11"])
      const error = yield* Effect.flip(reread(receiver, positions[2], positions[11]))
      assert.strictEqual(error.reason._tag, "Forgotten")
    })))
})

describe("a reader that runs while others put files there and take them away", () => {
  const doing = Arbitrary.schema(Schema.Literals(["put", "put", "put", "put old", "take away", "take away", "wait"]))

  it.live.prop("gives every file once, though no more than eight are remembered", [
    Arbitrary.array(doing, { minLength: 30, maxLength: 80 })
  ], ([steps]) =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* inbox
      const seen: Array<string> = []
      const there: Array<string> = []
      const pull = yield* opened(watch(path, { maxRemembered: 8, blockBytes: 8 }))
      const reading = yield* Effect.forkScoped(Effect.gen(function*() {
        while (seen.at(-1) !== "the end") seen.push(...(yield* pull).records)
      }))
      const takeAway = () => {
        for (const name of there.splice(0)) {
          if (seen.includes(name)) rmSync(join(path, name))
          else there.push(name)
        }
      }
      let next = 0
      const putNext = (age: number) => {
        const name = `file ${next++}`
        put(path, { [name]: `${name}\n` }, age)
        there.push(name)
      }
      for (const each of steps) {
        if (there.length >= 4) {
          yield* until(() => there.every((name) => seen.includes(name)))
          takeAway()
        }
        if (each === "put") putNext(0)
        else if (each === "put old") putNext(1_000 + next % 7)
        else if (each === "take away") takeAway()
        else yield* Effect.sleep("1 millis")
      }
      yield* until(() => there.every((name) => seen.includes(name)))
      put(path, { last: "the end\n" })
      yield* Effect.timeout(Fiber.join(reading), "10 seconds")
      assert.deepStrictEqual([...seen].sort(), [...Array.from({ length: next }, (_, index) => `file ${index}`), "the end"].sort())
    })), { arbitrary: { runs: 15 }, timeout: 60_000 })

  const until = (isSo: () => boolean) =>
    Effect.timeout(Effect.suspend(() => Effect.sleep("1 millis")).pipe(Effect.repeat({ until: isSo })), "10 seconds")
})

describe("any two positions of a watched directory", () => {
  const texts = Arbitrary.array(
    Arbitrary.map(Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "é", "\n", "\n", "\r\n", "long enough to be cut"]))), (p) => p.join("")),
    { maxLength: 6 }
  )

  it.live.prop("tell what was read between them, and where to go on", [
    texts,
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 24 })))
  ], ([files, blockBytes]) =>
    Effect.gen(function*() {
      const path = yield* inbox
      files.forEach((text, index) => put(path, { [`f${(index * 7) % 11}`]: text }, 100 - index))
      const naive = files.flatMap((text) => {
        const lines = text.split("\n")
        const last = lines.pop() ?? ""
        return [...lines.map((line) => line.replace(/\r$/, "")), ...(last === "" ? [] : [last])]
      })
      const receiver = watch(path, { blockBytes })
      const { records, taken } = yield* readUntil(receiver, naive.length)
      assert.deepStrictEqual(records, naive)
      for (let from = -1; from < taken.length; from++) {
        const after = taken[from]?.position
        const before = taken.slice(0, from + 1).flatMap(({ records }) => records)
        const rest = yield* readUntil(receiver, naive.length - before.length, after)
        assert.deepStrictEqual(rest.records, naive.slice(before.length))
        for (let until = Math.max(0, from); until < taken.length; until += 2) {
          const expected = taken.slice(from + 1, until + 1).flatMap(({ records }) => records)
          assert.deepStrictEqual(yield* reread(receiver, after, taken[until]!.position), expected)
        }
      }
      if (platform() === "linux") assert.strictEqual(openIn(path), 0)
    }), { arbitrary: { runs: 30 } })
})
