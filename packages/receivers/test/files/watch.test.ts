import { assert, describe, it } from "@effect/vitest"
import * as Files from "@millrace/receivers/Files"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { execFileSync } from "node:child_process"
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { platform, userInfo } from "node:os"
import { join } from "node:path"
import { inbox, type Options, put, watch } from "./inbox.ts"
import { opened, readUntil, reread } from "./reading.ts"


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
