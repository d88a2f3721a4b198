/** Directories that somebody else had a hand in, on the real file system: refused by typed errors, or passed over. */
import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore, type CheckpointError, Disk } from "@millrace/core"
import { CheckpointFiles, NodeDisk } from "@millrace/core/node"
import { Effect, type Scope } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { networkName } from "../../src/node/networkFileSystems.ts"
import { crc32c } from "../../src/store/crc32c.ts"
import { open, pipeline, prepared, reasonOf, snapshotAt, type Store, words } from "./journals.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "millrace-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
)

const on = <A, E>(directory: string, body: (store: Store) => Effect.Effect<A, E>, name = pipeline) =>
  Effect.flatMap(CheckpointStore.CheckpointStore, body).pipe(
    Effect.provide(CheckpointFiles.layer({ directory, allowNetworkFileSystem: true, reserveBytes: 0 })),
    Effect.annotateLogs({ name })
  )

/** A directory with a snapshot and two records after it. */
const written = (directory: string) =>
  on(directory, (store) =>
    Effect.gen(function*() {
      const { end, journal } = yield* open(store)
      const next = journal.append([prepared(1)])
      yield* journal.snapshot(snapshotAt(1), next + 1)
      journal.append([prepared(2), prepared(3)])
      yield* journal.sync
      yield* end
    }))

const reading = (directory: string) => on(directory, (store) => store.inspect(pipeline))

interface Home {
  readonly directory: string
  readonly home: string
  readonly segment: string
  readonly snapshot: string
}

const test = (
  title: string,
  body: (home: Home) => Effect.Effect<unknown, CheckpointError | Disk.DiskError, Scope.Scope>
) =>
  it.live(title, () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      yield* written(directory)
      const home = `${directory}/${pipeline}`
      const snapshot = `${home}/snap/${fs.readdirSync(`${home}/snap`)[0]}`
      yield* body({ directory, home, segment: `${home}/journal/0000000001-00000001.mrj`, snapshot })
    }).pipe(Effect.scoped))

const storeFailed = (reason: CheckpointError["reason"], disk: Disk.DiskError["reason"]) => {
  assert(reason._tag === "StoreFailed" && reason.cause instanceof Disk.DiskError, JSON.stringify(reason))
  assert.strictEqual(reason.cause.reason, disk)
}

describe("a hostile directory", () => {
  test("files and directories are the user's alone", ({ home, segment, snapshot }) =>
    Effect.sync(() => {
      for (const name of [home, `${home}/epochs`, `${home}/journal`, snapshot]) {
        assert.strictEqual(fs.statSync(name).mode & 0o777, 0o700)
      }
      for (const name of [segment, `${home}/META.json`, `${home}/epochs/0000000001`, `${snapshot}/head.json`]) {
        assert.strictEqual(fs.statSync(name).mode & 0o777, 0o600)
      }
    }))

  test("a segment that is a symbolic link is refused", ({ directory, segment }) =>
    Effect.gen(function*() {
      fs.renameSync(segment, `${directory}/elsewhere`)
      fs.symlinkSync(`${directory}/elsewhere`, segment)
      storeFailed(yield* reasonOf(reading(directory)), "Refused")
    }))

  test("a segment that is a pipe is refused, and not waited for", ({ directory, segment }) =>
    Effect.gen(function*() {
      fs.rmSync(segment)
      execFileSync("mkfifo", ["-m", "600", segment])
      storeFailed(yield* reasonOf(reading(directory)), "Refused")
    }))

  test("directories that are symbolic links are refused", ({ directory, home }) =>
    Effect.forEach(["journal", "epochs", "snap"], (name) =>
      Effect.gen(function*() {
        fs.renameSync(`${home}/${name}`, `${directory}/${name}`)
        fs.symlinkSync(`${directory}/${name}`, `${home}/${name}`)
        storeFailed(yield* reasonOf(on(directory, (store) => Effect.scoped(store.claim(pipeline)))), "Refused")
        fs.rmSync(`${home}/${name}`)
        fs.renameSync(`${directory}/${name}`, `${home}/${name}`)
      })))

  test("what others may write to is refused", ({ directory, home, segment }) =>
    Effect.gen(function*() {
      fs.chmodSync(segment, 0o666)
      storeFailed(yield* reasonOf(reading(directory)), "Refused")
      fs.chmodSync(segment, 0o600)
      fs.chmodSync(home, 0o777)
      const reason = yield* reasonOf(on(directory, (store) => Effect.scoped(store.claim(pipeline))))
      storeFailed(reason, "Refused")
      assert(reason._tag === "StoreFailed" && reason.cause instanceof Error)
      assert.include(reason.cause.message, "mode 777")
      fs.chmodSync(home, 0o700)
      yield* reading(directory)
    }))

  it.live.skipIf(process.getuid?.() !== 0)("what belongs to another user is refused", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      yield* written(directory)
      fs.chownSync(`${directory}/${pipeline}/journal/0000000001-00000001.mrj`, 12345, 12345)
      storeFailed(yield* reasonOf(reading(directory)), "Refused")
    }).pipe(Effect.scoped))

  test("a segment of gigabytes of nothing is refused before it is read", ({ directory, segment }) =>
    Effect.gen(function*() {
      fs.truncateSync(segment, 10 * 2 ** 30)
      storeFailed(yield* reasonOf(reading(directory)), "TooLarge")
    }))

  test("a length of gigabytes in a frame is not believed", ({ directory, segment }) =>
    Effect.gen(function*() {
      const bytes = fs.readFileSync(segment)
      bytes.writeUInt32LE(0xfffffff0, 64)
      fs.writeFileSync(segment, bytes)
      assert.strictEqual((yield* reasonOf(reading(directory)))._tag, "JournalCorrupt")
    }))

  test("a manifest whose files lead elsewhere is no manifest, whatever its checksum", ({ directory, snapshot }) =>
    Effect.gen(function*() {
      fs.writeFileSync(`${directory}/secret.json`, "{}")
      for (const name of ["../../../secret.json", "/etc/passwd", "a\\b", "", "head.json/../head.json"]) {
        const { manifest } = JSON.parse(fs.readFileSync(`${snapshot}/manifest.json`, "utf8"))
        manifest.files = [{ name, bytes: 2, crc: crc32c(new TextEncoder().encode("{}")) }]
        const check = crc32c(new TextEncoder().encode(JSON.stringify(manifest)))
        fs.writeFileSync(`${snapshot}/manifest.json`, JSON.stringify({ check, manifest }))
        const history = yield* reading(directory)
        assert.isUndefined(history.snapshot)
        assert.deepStrictEqual(words(history), ["Prepared 1", "SnapshotTaken 1", "Prepared 2", "Prepared 3"])
        assert.match(history.warnings[0] ?? "", /its manifest is damaged/)
      }
    }))

  test("a file of a snapshot that is a symbolic link is refused", ({ directory, snapshot }) =>
    Effect.gen(function*() {
      fs.renameSync(`${snapshot}/head.json`, `${directory}/head.json`)
      fs.symlinkSync(`${directory}/head.json`, `${snapshot}/head.json`)
      storeFailed(yield* reasonOf(reading(directory)), "Refused")
    }))

  test("another pipeline's folder, a newer format and a damaged META are told apart", ({ directory, home }) =>
    Effect.gen(function*() {
      const meta = `${home}/META.json`
      fs.writeFileSync(meta, JSON.stringify({ format: 1, pipeline: "payments" }))
      assert.deepStrictEqual(yield* reasonOf(reading(directory)), { _tag: "PipelineMismatch", found: "payments" })
      fs.writeFileSync(meta, JSON.stringify({ format: 9, pipeline }))
      assert.deepStrictEqual(yield* reasonOf(reading(directory)), { _tag: "FormatTooNew", found: 9, known: 1 })
      fs.writeFileSync(meta, "")
      const reason = yield* reasonOf(reading(directory))
      assert(reason._tag === "StoreFailed" && !reason.retryable)
    }))

  test("files that are nothing of ours are passed over", ({ directory, home }) =>
    Effect.gen(function*() {
      for (const name of ["journal", "epochs", "snap"]) fs.writeFileSync(`${home}/${name}/.DS_Store`, "x")
      fs.mkdirSync(`${home}/journal/lost+found`)
      fs.mkdirSync(`${home}/snap/tmp-0000000001-000000000099`)
      yield* on(directory, (store) =>
        Effect.gen(function*() {
          const { end, history } = yield* open(store)
          assert.strictEqual(history.snapshot?.batch, 1)
          yield* end
        }))
      assert.notInclude(fs.readdirSync(`${home}/snap`), "tmp-0000000001-000000000099")
    }))

  test("a segment that was removed is missed", ({ directory, home, segment }) =>
    Effect.gen(function*() {
      fs.rmSync(segment)
      assert.strictEqual((yield* reasonOf(reading(directory)))._tag, "JournalCorrupt")
      fs.rmSync(`${home}/snap`, { recursive: true })
      assert.deepStrictEqual((yield* reading(directory)).records, [])
    }))

  test("an epoch whose owner cannot be read was not made in vain: the next one is taken", ({ directory, home }) =>
    Effect.gen(function*() {
      for (const [place, content] of ["", "{", "x".repeat(5000), JSON.stringify({ host: 1 })].entries()) {
        fs.writeFileSync(`${home}/epochs/000000000${2 * place + 2}`, content, { mode: 0o600 })
        const epoch = yield* on(directory, (store) =>
          Effect.scoped(Effect.map(store.claim(pipeline), (claim) => claim.epoch)))
        assert.strictEqual(epoch, 2 * place + 3)
      }
    }))

  it.live("names of pipelines stay below the directory, each with a folder of its own", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      const names = ["..", ".", "", "a/../b", "/etc", "a\u0000b", "\ud800", "\ud801", "x".repeat(5000), "ä", "CON", "a%2Fb"]
      const results: Array<string> = []
      for (const name of names) {
        const result = yield* Effect.result(on(directory, (store) => Effect.scoped(store.claim(name))))
        results.push(result._tag === "Success" ? "claimed" : result.failure.reason._tag)
      }
      // Halves of a character have the same bytes, so the second is told that the folder is the first one's.
      assert.deepStrictEqual(results, names.map((name) => name === "\ud801" ? "PipelineMismatch" : "claimed"))
      assert.strictEqual(fs.readdirSync(directory).length, names.length - 1)
    }).pipe(Effect.scoped))
})

describe("NodeDisk", () => {
  const owners = (change: (owner: Disk.Disk["Service"]["owner"]) => Disk.Disk["Service"]["owner"]) =>
    Effect.flatMap(Disk.Disk, (disk) => disk.isAlive(change(disk.owner))).pipe(Effect.provide(NodeDisk.layer))

  it.live("tells who runs from who did", () =>
    Effect.gen(function*() {
      assert.isTrue(yield* owners((owner) => owner))
      assert.isFalse(yield* owners((owner) => ({ ...owner, startedAt: owner.startedAt - 1 })))
      assert.isFalse(yield* owners((owner) => ({ ...owner, boot: "another" })))
      assert.isFalse(yield* owners((owner) => ({ ...owner, host: "another" })))
      assert.isFalse(yield* owners((owner) => ({ ...owner, process: 2 ** 22 + 1 })))
      assert.isFalse(yield* owners((owner) => ({ ...owner, process: process.ppid })))
    }))

  it("knows file systems of the network", () => {
    assert.deepStrictEqual([0x6969, 0xff534d42, 0xff534d42 | 0, 0xef53, 0x01021994].map(networkName), [
      "NFS",
      "CIFS",
      "CIFS",
      undefined,
      undefined
    ])
  })

  it.live("a file is made once, and one that is closed is not written to", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      const disk = yield* Disk.Disk
      const file = yield* Effect.scoped(Effect.gen(function*() {
        const file = yield* disk.append(`${directory}/a`)
        yield* file.write([new Uint8Array([1]), new Uint8Array(0), new Uint8Array(3_000_000).fill(2)])
        yield* file.sync
        assert.strictEqual((yield* Effect.flip(Effect.scoped(disk.append(`${directory}/a`)))).reason, "AlreadyExists")
        return file
      }))
      assert.strictEqual((yield* Effect.flip(file.write([new Uint8Array(1)]))).reason, "Failed")
      const bytes = yield* disk.read(`${directory}/a`, 3_000_001)
      assert.deepStrictEqual([bytes.length, bytes[0], bytes[3_000_000]], [3_000_001, 1, 2])
      assert.strictEqual((yield* Effect.flip(disk.read(`${directory}/a`, 3_000_000))).reason, "TooLarge")
      assert.strictEqual((yield* Effect.flip(disk.read(`${directory}/b`, 1))).reason, "NotFound")
      assert.deepStrictEqual([yield* disk.exists(`${directory}/a`), yield* disk.exists(`${directory}/b`)], [true, false])
      yield* disk.rename(`${directory}/a`, `${directory}/b`)
      assert.deepStrictEqual(yield* disk.list(directory), ["b"])
      yield* disk.remove(`${directory}/b`)
      yield* disk.remove(`${directory}/b`)
      assert.deepStrictEqual(yield* disk.list(directory), [])
    }).pipe(Effect.scoped, Effect.provide(NodeDisk.layer)))

  it.live("many parts are written in order, however many a call takes", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      const disk = yield* Disk.Disk
      const parts = Array.from({ length: 5000 }, (_, place) => new Uint8Array(1 + place % 40).fill(place % 251))
      const file = yield* disk.append(`${directory}/a`)
      yield* file.write(parts)
      const bytes = yield* disk.read(`${directory}/a`, 10_000_000)
      assert.isTrue(Buffer.concat(parts).equals(bytes))
    }).pipe(Effect.scoped, Effect.provide(NodeDisk.layer)))
})
