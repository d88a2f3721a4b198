import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { Batch, type BatchSink } from "@millrace/core"
import * as Files from "@millrace/sinks/Files"
import { Effect, Option, Schema } from "effect"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryDirectory } from "./support.ts"

const opened = <A, E>(sink: BatchSink.BatchSink<A, E>, epoch = 1, output = "counts") =>
  sink.open({ pipeline: "p", output, epoch })

const contents = (directory: string) =>
  Object.fromEntries(readdirSync(directory).sort().map((name) => [name, readFileSync(join(directory, name), "utf8")]))

describe("text", () => {
  it.effect("writes one file for each batch, also for an empty one", () =>
    Effect.gen(function*() {
      const directory = join(yield* temporaryDirectory, "made", "on", "the way")
      const { commit, lastCommitted } = yield* opened(Files.text({ directory, prefix: "words", suffix: "txt" }))
      yield* commit(Batch.make(1, 1000, ["to be", "or not"]))
      yield* commit(Batch.make(2, 2000, []))
      assert.deepStrictEqual(contents(directory), { "words-1000.txt": "to be\nor not\n", "words-2000.txt": "" })
      assert.deepStrictEqual(yield* lastCommitted, Option.none())
    }))

  it.effect("takes the output's name where it has no prefix; leaves out empty batches where it is told to", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const sink = Files.text({ directory, skipEmpty: true, format: ([word, n]: readonly [string, number]) => `${word} ${n}` })
      const { commit } = yield* opened(sink)
      yield* commit(Batch.make(1, 1000, []))
      yield* commit(Batch.make(2, 2000, [["a", 1]]))
      assert.deepStrictEqual(contents(directory), { "counts-2000": "a 1\n" })
      assert.strictEqual(sink.commitClass, "IdempotentByBatch")
    }))

  it.effect.prop("the same batch written again, by whichever start, leaves the same file", [
    Arbitrary.array(Arbitrary.schema(Schema.String), { maxLength: 20 })
  ], ([items]) =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const batch = Batch.make(1, 1000, items)
      for (const epoch of [1, 1, 2]) yield* (yield* opened(Files.text({ directory }), epoch)).commit(batch)
      const bytes = Buffer.from(items.map((item) => `${item}\n`).join(""))
      assert.deepStrictEqual(readdirSync(directory), ["counts-1000"])
      assert.isTrue(readFileSync(join(directory, "counts-1000")).equals(bytes))
    }).pipe(Effect.scoped), { arbitrary: { runs: 10 } })

  it.effect("a batch of many parts is whole", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const items = Array.from({ length: 300_000 }, (_, i) => `record ${i}`)
      yield* (yield* opened(Files.text({ directory }))).commit(Batch.make(1, 1000, items))
      assert.strictEqual(readFileSync(join(directory, "counts-1000"), "utf8"), `${items.join("\n")}\n`)
    }))

  it.effect("removes what a crash left half written, and nothing else", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const mine = [".counts-1000.txt.1.tmp", ".counts-2000.txt.3.tmp"]
      const others = [
        ".counts-3000.txt.4.tmp", // a newer start
        ".counts-1000.1.tmp", // another suffix
        ".counts-total-1000.txt.1.tmp",
        "counts-1000.txt",
        "notes.tmp"
      ]
      for (const name of [...mine, ...others]) writeFileSync(join(directory, name), "half")
      yield* opened(Files.text({ directory, suffix: "txt" }), 3)
      assert.deepStrictEqual(readdirSync(directory).sort(), [...others].sort())
    }))

  it.effect("a format that throws fails the batch typed and leaves no file", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const format = (n: number) => {
        if (n === 13) throw new Error("unlucky")
        return String(n)
      }
      const { commit } = yield* opened(Files.text({ directory, format }))
      const error = yield* Effect.flip(commit(Batch.make(5, 1000, [1, 13])))
      assert.deepStrictEqual(error.reason, { _tag: "Unencodable", batchId: 5, item: 1 })
      assert.strictEqual(error.message, `Cannot write ${join(directory, "counts-1000")}: item 1 of batch 5 cannot be made a line: Error: unlucky`)
      assert.isFalse(error.isRetryable)
      assert.deepStrictEqual(readdirSync(directory), [])
    }))

  for (const wrong of ["a/b", "a\\b", "..", "a..b", "nul\0", "", ".hidden"]) {
    it.effect(`refuses the prefix ${JSON.stringify(wrong)}`, () =>
      Effect.gen(function*() {
        const directory = yield* temporaryDirectory
        const error = yield* Effect.flip(opened(Files.text({ directory, prefix: wrong })))
        assert.deepStrictEqual(error.reason, { _tag: "InvalidName", name: wrong })
        const unnamed = yield* Effect.flip(opened(Files.text({ directory }), 1, wrong))
        assert.strictEqual(unnamed.reason._tag, "InvalidName")
        assert.isFalse(unnamed.isRetryable)
      }))
  }

  it.effect("refuses a suffix that would leave the directory", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const error = yield* Effect.flip(opened(Files.text({ directory, suffix: "x/../../y" })))
      assert.deepStrictEqual(error.reason, { _tag: "InvalidName", name: "x/../../y" })
    }))

  it.effect("an older complete file stays until the new one is complete", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const { commit } = yield* opened(Files.text({ directory }))
      yield* commit(Batch.make(1, 1000, ["old"]))
      const before = statSync(join(directory, "counts-1000")).ino
      mkdirSync(join(directory, ".counts-1000.1.tmp")) // the new one cannot even be begun
      const error = yield* Effect.flip(commit(Batch.make(1, 1000, ["new"])))
      assert.strictEqual(error.reason._tag, "IsADirectory")
      assert.strictEqual(statSync(join(directory, "counts-1000")).ino, before)
      assert.strictEqual(readFileSync(join(directory, "counts-1000"), "utf8"), "old\n")
    }))
})

describe("jsonLines", () => {
  it.effect("writes one line of JSON for each item", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      yield* (yield* opened(Files.jsonLines({ directory }))).commit(Batch.make(1, 1000, ["a\nb", { n: 1 }, undefined]))
      assert.deepStrictEqual(contents(directory), { "counts-1000.jsonl": "\"a\\nb\"\n{\"n\":1}\nnull\n" })
    }))

  it.effect("encodes by a schema", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const Order = Schema.Struct({ at: Schema.Date, total: Schema.Finite })
      const item = { at: new Date(5), total: 12 }
      yield* (yield* opened(Files.jsonLines({ directory, schema: Order, suffix: "ndjson" }))).commit(Batch.make(1, 1000, [item]))
      const line = readFileSync(join(directory, "counts-1000.ndjson"), "utf8")
      assert.deepStrictEqual(Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(Order)))(line), item)
    }))

  it.effect("fails typed for an item that the schema refuses, and leaves no file", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const short = Schema.String.check(Schema.isMaxLength(3))
      const { commit } = yield* opened(Files.jsonLines({ directory, schema: short }))
      const error = yield* Effect.flip(commit(Batch.make(7, 1000, ["abc", "hunter2"])))
      assert.deepStrictEqual(error.reason, { _tag: "Unencodable", batchId: 7, item: 1 })
      assert.notInclude(error.message, "hunter2")
      assert.deepStrictEqual(readdirSync(directory), [])
    }))
})
