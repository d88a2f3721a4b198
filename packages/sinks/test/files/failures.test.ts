import { assert, describe, it } from "@effect/vitest"
import { Batch } from "@millrace/core"
import * as Files from "@millrace/sinks/Files"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { platform, userInfo } from "node:os"
import { join } from "node:path"
import { readLines } from "./readParts.ts"
import { temporaryDirectory } from "./support.ts"

const identity = { pipeline: "p", output: "counts", epoch: 1 }
const large = Batch.make(1, 1000, Array.from({ length: 20_000 }, (_, i) => `record ${i}`))
const isRoot = userInfo().uid === 0

const openFails = (directory: string) => Effect.flip(Files.text({ directory }).open(identity))

describe("what can go wrong with files", () => {
  it.effect("a file stands where the directory should be, or on the way to it", () =>
    Effect.gen(function*() {
      const file = join(yield* temporaryDirectory, "file")
      writeFileSync(file, "")
      const error = yield* openFails(file)
      assert.deepStrictEqual(error.reason, { _tag: "NotADirectory" })
      assert.strictEqual(error.path, file)
      assert.strictEqual(
        error.message,
        `Cannot write ${file}: something on the way is a file and not a directory. Move it away, or choose another directory`
      )
      assert.strictEqual((yield* openFails(join(file, "below"))).reason._tag, "NotADirectory")
      assert.isFalse(error.isRetryable)
    }))

  it.effect("a directory stands where the file should go", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const { commit } = yield* Files.text({ directory }).open(identity)
      mkdirSync(join(directory, "counts-1000"))
      const error = yield* Effect.flip(commit(large))
      assert.deepStrictEqual(error.reason, { _tag: "IsADirectory" })
      assert.deepStrictEqual(readdirSync(directory), ["counts-1000"])
    }))

  it.effect("the directory goes away, and comes back", () =>
    Effect.gen(function*() {
      const directory = join(yield* temporaryDirectory, "mount")
      const { commit } = yield* Files.text({ directory }).open(identity)
      rmSync(directory, { recursive: true })
      const error = yield* Effect.flip(commit(large))
      assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["NotFound", true])
      mkdirSync(directory)
      yield* commit(large)
      assert.deepStrictEqual(readdirSync(directory), ["counts-1000"])
    }))

  it.effect("a name is too long", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const { commit } = yield* Files.text({ directory, prefix: "x".repeat(300) }).open(identity)
      const error = yield* Effect.flip(commit(large))
      assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["NameTooLong", false])
    }))

  it.effect.skipIf(isRoot || platform() === "win32")("the user may not write there", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      chmodSync(directory, 0o500)
      const { commit } = yield* Files.text({ directory }).open(identity)
      const error = yield* Effect.flip(commit(large))
      assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["PermissionDenied", false])
      assert.strictEqual((yield* openFails(join(directory, "below"))).reason._tag, "PermissionDenied")
    }))

  it.effect.skipIf(platform() !== "linux")("not even root may write there", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* openFails("/sys/millrace")).reason._tag, "PermissionDenied")
    }))

  it.effect.skipIf(platform() !== "linux")("nothing can be made below a place, and that is not tried for ever", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* openFails("/proc/none/out")).reason._tag, "NotFound")
    }))

  /** A file system of 64 KiB, where this user may mount one. */
  const smallDisk = Effect.gen(function*() {
    const directory = yield* temporaryDirectory
    const mounted = yield* Effect.acquireRelease(
      Effect.sync(() => {
        try {
          execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory], { stdio: "ignore" })
          return true
        } catch {
          return false
        }
      }),
      (mounted) => Effect.sync(() => mounted && execFileSync("umount", [directory]))
    )
    return mounted ? directory : undefined
  })

  it.effect.skipIf(!isRoot || platform() !== "linux")("the disk is full: nothing half written stays, and the next try goes on", () =>
    Effect.gen(function*() {
      const directory = yield* smallDisk
      if (directory === undefined) return
      const { commit } = yield* Files.text({ directory }).open(identity)
      writeFileSync(join(directory, "ballast"), Buffer.alloc(40_000))
      const error = yield* Effect.flip(commit(Batch.make(1, 1000, ["x".repeat(50_000)])))
      assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["DiskFull", true])
      assert.strictEqual(
        error.message,
        `Cannot write ${join(directory, "counts-1000")}: the disk is full or the quota used up. Make room; the batch is tried again`
      )
      assert.deepStrictEqual(readdirSync(directory), ["ballast"])
      rmSync(join(directory, "ballast"))
      yield* commit(Batch.make(1, 1000, ["x".repeat(50_000)]))
      assert.deepStrictEqual(readdirSync(directory), ["counts-1000"])
    }))

  it.effect.skipIf(!isRoot || platform() !== "linux")("the disk is full in the middle of a part: it is cut back, and the next try goes on", () =>
    Effect.gen(function*() {
      const directory = yield* smallDisk
      if (directory === undefined) return
      const { commit } = yield* Files.text({ directory, rolling: {} }).open(identity)
      yield* commit(Batch.make(1, 1000, ["first"]))
      writeFileSync(join(directory, "ballast"), Buffer.alloc(30_000))
      const error = yield* Effect.flip(commit(Batch.make(2, 2000, ["x".repeat(40_000)])))
      assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["DiskFull", true])
      assert.strictEqual((yield* Files.readManifest({ directory, prefix: "counts" }))?.batch, 1)
      rmSync(join(directory, "ballast"))
      yield* commit(Batch.make(2, 2000, ["x".repeat(40_000)]))
      yield* commit(Batch.make(3, 3000, ["last"]))
      assert.deepStrictEqual(yield* readLines(directory, ["counts"]), ["first", "x".repeat(40_000), "last"])
    }))
})
