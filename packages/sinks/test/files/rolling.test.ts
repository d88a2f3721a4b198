import { assert, describe, it } from "@effect/vitest"
import { Batch, type BatchSink, CheckpointStore, DStream, Pipeline } from "@millrace/core"
import { SinkLaws } from "@millrace/core/testing"
import * as Files from "@millrace/sinks/Files"
import { Arbitrary, Effect, Option, Schema } from "effect"
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { crc32 } from "node:zlib"
import { finishedLines, finishedParts, readLines } from "./readParts.ts"
import { temporaryDirectory } from "./support.ts"

const opened = <A, E, R>(sink: BatchSink.BatchSink<A, E, R>, epoch = 1, output = "counts", pipeline = "p") =>
  sink.open({ pipeline, output, epoch })

const names = (directory: string) => finishedParts(directory).map((path) => relative(directory, path))

const batch = (id: number, ...items: ReadonlyArray<string>) => Batch.make(id, id * 1000, items)

const line = Arbitrary.map(Arbitrary.schema(Schema.String), (text) => Buffer.from(text.replaceAll("\n", " ")).toString())

describe("the laws of sinks hold for rolling files", () => {
  for (const rolling of [{ maxBytes: 64 }, { maxAge: "2 seconds", gzip: true, folder: (time: number) => `at=${time % 3}` }] as const) {
    const make = Effect.map(temporaryDirectory, (directory) => ({
      sink: Files.text({ directory, rolling }),
      read: readLines(directory, ["output", "left", "right"])
    }))
    for (const law of SinkLaws.all({ commitClass: "Transactional", item: line, make, runs: 5 })) {
      it.effect(`${"gzip" in rolling ? "packed: " : ""}${law.name}`, () => law.check)
    }
  }
})

describe("rolling", () => {
  it.effect("ends a part by size, and takes a batch that is larger as a whole", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const { commit } = yield* opened(Files.text({ directory, suffix: "txt", rolling: { maxBytes: 10 } }))
      yield* commit(batch(1, "1234"))
      yield* commit(batch(2, "1234"))
      assert.deepStrictEqual(names(directory), [])
      yield* commit(batch(3, "x".repeat(100)))
      yield* commit(batch(4))
      yield* commit(batch(5, "1"))
      assert.deepStrictEqual(names(directory), ["counts-1000.txt", "counts-3000.txt"])
      assert.strictEqual(readFileSync(join(directory, "counts-1000.txt"), "utf8"), "1234\n1234\n")
      assert.strictEqual(readFileSync(join(directory, "counts-3000.txt"), "utf8"), `${"x".repeat(100)}\n`)
    }))

  it.effect("ends a part by age, also when only empty batches come", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const { commit } = yield* opened(Files.text({ directory, rolling: { maxAge: "3 seconds" } }))
      for (const one of [batch(1), batch(2, "a"), batch(3, "b"), batch(4)]) yield* commit(one)
      assert.deepStrictEqual(names(directory), [])
      yield* commit(batch(5))
      assert.deepStrictEqual(names(directory), ["counts-2000"])
      assert.deepStrictEqual(finishedLines(directory), ["a", "b"])
    }))

  it.effect("puts parts into folders by time, packed, for whoever can read gzip", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const folder = (time: number) => `dt=${new Date(time).toISOString().slice(0, 10)}`
      const sink = Files.jsonLines({ directory, rolling: { gzip: true, folder } })
      yield* Effect.scoped(Effect.gen(function*() {
        const { commit } = yield* opened(sink)
        const day = 24 * 60 * 60 * 1000
        for (const [index, time] of [1000, 2000, day, day + 1000].entries()) yield* commit(Batch.make(index + 1, time, [{ time }]))
      }))
      assert.deepStrictEqual(names(directory), ["dt=1970-01-01/counts-1000.jsonl.gz", "dt=1970-01-02/counts-86400000.jsonl.gz"])
      assert.deepStrictEqual(finishedLines(directory).map((text) => JSON.parse(text).time), [1000, 2000, 86400000, 86401000])
      assert.deepStrictEqual(readdirSync(join(directory, ".counts")), ["manifest-1-1"])
    }))

  it.effect("goes on with the part of a run that did not end, and tells the newest batch and its time", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const sink = Files.text({ directory, rolling: {} })
      const first = yield* opened(sink, 1)
      assert.deepStrictEqual(yield* first.lastCommitted, Option.none())
      yield* first.commit(batch(1, "a"))
      yield* first.commit(batch(2, "b"))
      yield* Effect.scoped(Effect.gen(function*() {
        const second = yield* opened(sink, 2)
        assert.deepStrictEqual(yield* second.lastCommitted, Option.some(2))
        assert.deepStrictEqual(yield* second.lastTime?.(5000) ?? Effect.succeedNone, Option.some(2000))
        assert.deepStrictEqual(yield* second.lastTime?.(1999) ?? Effect.succeedNone, Option.none())
        yield* second.commit(batch(3, "c"))
      }))
      assert.deepStrictEqual(names(directory), ["counts-1000"])
      assert.deepStrictEqual(finishedLines(directory), ["a", "b", "c"])
      const error = yield* Effect.flip(first.commit(batch(3, "c")))
      assert.deepStrictEqual(error.reason, { _tag: "Fenced", epoch: 1, by: 2 })
      assert.isFalse(error.isRetryable)
    }))

  it.effect("keeps a manifest that does not grow with the batches", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const { commit } = yield* opened(Files.text({ directory, rolling: {} }))
      for (let id = 1; id <= 4200; id++) yield* commit(Batch.make(id, id, []))
      const lines = readFileSync(join(directory, ".counts", "manifest-1-1"), "utf8").trimEnd().split("\n")
      assert.isBelow(lines.length, 200)
      assert.strictEqual((yield* Files.readManifest({ directory, prefix: "counts" }))?.batch, 4200)
    }))

  it.effect("runs without a checkpoint go on after one another", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      for (const word of ["one", "two", "three"]) {
        const words = DStream.fromIterable({ name: "words" }, [word])
        const output = DStream.to(words, "counts", Files.text({ directory, rolling: {} }))
        yield* Pipeline.run(Pipeline.make("p", { batchInterval: "1 hour", outputs: [output] }))
      }
      assert.deepStrictEqual(finishedLines(directory), ["one", "two", "three"])
      assert.lengthOf(finishedParts(directory), 3)
    }))

  it.live("a checkpoint that is younger than the files is lost, and nothing is guessed", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const words = DStream.fromIterable({ name: "words" }, ["one"])
      const output = DStream.to(words, "counts", Files.text({ directory, rolling: {} }))
      const pipeline = Pipeline.make("p", { batchInterval: "10 millis", outputs: [output] })
      yield* Effect.provide(Pipeline.run(pipeline), CheckpointStore.layerMemory)
      const error = yield* Effect.flip(Effect.provide(Pipeline.run(pipeline), CheckpointStore.layerMemory))
      assert.include(error.message, "batch")
      assert.deepStrictEqual(finishedLines(directory), ["one"])
    }))
})

describe("readManifest", () => {
  it.effect("says what is committed, and where the open part is", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const read = Files.readManifest({ directory, prefix: "counts" })
      assert.isUndefined(yield* read)
      const { commit } = yield* opened(Files.text({ directory, rolling: {} }))
      assert.isUndefined(yield* read)
      yield* commit(batch(1, "a"))
      yield* commit(batch(2))
      assert.deepStrictEqual(yield* read, {
        pipeline: "p",
        output: "counts",
        epoch: 1,
        batch: 2,
        time: 2000,
        open: {
          path: join(directory, ".counts", "1000-1.part"),
          finalPath: join(directory, "counts-1000"),
          bytes: 2,
          crc32: crc32("a\n"),
          since: 1000
        }
      })
    }))
})

describe("what can go wrong with rolling files", () => {
  it.effect("another pipeline or output writes there", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const sink = Files.text({ directory, prefix: "words", rolling: {} })
      yield* (yield* opened(sink)).commit(batch(1, "a"))
      for (const [output, pipeline] of [["counts", "q"], ["other", "p"]] as const) {
        const error = yield* Effect.flip(opened(sink, 9, output, pipeline))
        assert.deepStrictEqual(error.reason, { _tag: "OtherOutput", pipeline: "p", output: "counts" })
        assert.isFalse(error.isRetryable)
      }
    }))

  it.effect("a file of somebody else has the name of a part", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const { commit } = yield* opened(Files.text({ directory, rolling: {} }))
      writeFileSync(join(directory, "counts-1000"), "mine")
      const error = yield* Effect.flip(commit(batch(1, "a")))
      assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["NameTaken", false])
      assert.strictEqual(readFileSync(join(directory, "counts-1000"), "utf8"), "mine")
    }))

  it.effect("the open part or the manifest was changed", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const sink = Files.text({ directory, rolling: {} })
      const { commit } = yield* opened(sink)
      for (let id = 1; id <= 3; id++) yield* commit(batch(id, `secret ${id}`))
      const hidden = join(directory, ".counts")
      for (const [file, change] of [
        ["1000-1.part", (text: string) => text.replace("secret 2", "secret 9")],
        ["1000-1.part", (text: string) => text.slice(0, 8)],
        ["manifest-1-1", (text: string) => text.replace("\"batch\":2", "\"batch\":8")],
        ["manifest-1-1", () => "nonsense"]
      ] as const) {
        const copy = yield* temporaryDirectory
        mkdirSync(join(copy, ".counts"))
        for (const name of readdirSync(hidden)) {
          const text = readFileSync(join(hidden, name), "utf8")
          writeFileSync(join(copy, ".counts", name), name === file ? change(text) : text)
        }
        const error = yield* Effect.flip(opened(Files.text({ directory: copy, rolling: {} }), 2))
        assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["Damaged", false], file)
        assert.notInclude(error.message, "secret")
      }
    }))

  it.effect("the directory goes away, and comes back", () =>
    Effect.gen(function*() {
      const directory = join(yield* temporaryDirectory, "mount")
      const { commit } = yield* opened(Files.text({ directory, rolling: {} }))
      yield* commit(batch(1, "a"))
      renameSync(directory, `${directory}-away`)
      const error = yield* Effect.flip(commit(batch(2, "b")))
      assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["NotFound", true])
      renameSync(`${directory}-away`, directory)
      yield* commit(batch(2, "b"))
      assert.deepStrictEqual(yield* readLines(directory, ["counts"]), ["a", "b"])
      rmSync(directory, { recursive: true })
      assert.strictEqual((yield* Effect.flip(commit(batch(3, "c")))).reason._tag, "NotFound")
    }))

  it.effect("options make no sense, or an item cannot be a line", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      for (const rolling of [{ maxBytes: 0 }, { maxBytes: Number.NaN }, { maxAge: 0 }]) {
        assert.strictEqual((yield* Effect.flip(opened(Files.text({ directory, rolling })))).reason._tag, "BadOptions")
      }
      const outside = Files.text({ directory, rolling: { folder: () => "../out" } })
      const { commit } = yield* opened(outside)
      assert.strictEqual((yield* Effect.flip(commit(batch(1, "a")))).reason._tag, "InvalidName")
      const strict = yield* opened(Files.jsonLines({ directory, prefix: "x", rolling: {}, schema: Schema.Finite }), 1, "x")
      const error = yield* Effect.flip(strict.commit(Batch.make(1, 1000, [1, Number.NaN])))
      assert.deepStrictEqual(error.reason, { _tag: "Unencodable", batchId: 1, item: 1 })
      yield* strict.commit(Batch.make(1, 1000, [1]))
      assert.deepStrictEqual(yield* readLines(directory, ["x"]), ["1"])
    }))
})
