import { assert, describe, it } from "@effect/vitest"
import { BatchSink, CheckpointStore, DStream, Pipeline } from "@millrace/core"
import * as Files from "@millrace/receivers/Files"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import { chmodSync } from "node:fs"
import { platform, userInfo } from "node:os"
import { join } from "node:path"
import { readAll, temporaryDirectory, write } from "./support.ts"

class Full extends Data.TaggedError("Full")<{}> {
  readonly isRetryable = false
}

const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index}`)

const directoryOfLines = Effect.map(temporaryDirectory, (directory) => {
  for (let from = 0; from < lines.length; from += 700) {
    write(directory, { [`part-${String(from).padStart(5, "0")}`]: lines.slice(from, from + 700).join("\n") })
  }
  return directory
})

const pipelineOf = (
  path: string,
  commit: (items: ReadonlyArray<string>) => Effect.Effect<unknown, Full>,
  outbox: "on" | "off" = "off"
) => {
  const receiver = Files.lines({ name: "lines", path, blockBytes: 1024, initialRate: 20_000, maxRate: 20_000 })
  const output = DStream.to(DStream.fromReceiver(receiver), "kept", BatchSink.make(({ items }) => commit(items)))
  return Pipeline.make("files", { batchInterval: "10 millis", outbox, outputs: [output] })
}

describe("Files.lines in a pipeline with a checkpoint", () => {
  for (const outbox of ["on", "off"] as const) {
    it.live(`gives every line once, in order, though every second commit ends the run; outbox ${outbox}`, () =>
      Effect.gen(function*() {
        const path = yield* directoryOfLines
        const kept: Array<string> = []
        let commits = 0
        let runs = 0
        const commit = (items: ReadonlyArray<string>) =>
          items.length > 0 && ++commits % 2 === 1 ? new Full() : Effect.sync(() => kept.push(...items))
        for (let exit: Exit.Exit<void, unknown> = Exit.fail("not yet"); Exit.isFailure(exit); runs++) {
          exit = yield* Effect.exit(Pipeline.run(pipelineOf(path, commit, outbox)))
        }
        assert.deepStrictEqual(kept, lines)
        assert.isAtLeast(runs, 2)
      }).pipe(Effect.provide(CheckpointStore.layerMemory)))
  }

  it.live("fails with the error of the receiver where trying again cannot help", () =>
    Effect.gen(function*() {
      const path = join(yield* temporaryDirectory, "missing")
      const exit = yield* Effect.exit(Pipeline.run(pipelineOf(path, () => Effect.void)))
      assert(Exit.isFailure(exit))
      assert.include(Cause.pretty(exit.cause), "there is nothing of this name")
    }))
})

describe("what Files.lines tells", () => {
  const counted = (name: string, receiver: string) =>
    Effect.map(Metric.snapshot, (series) =>
      series
        .filter(({ attributes, id }) => id === `millrace_files_${name}_total` && attributes?.["receiver"] === receiver)
        .reduce((sum, one) => sum + (one.type === "Counter" ? Number(one.state.count) : 0), 0))

  it.live("counts the files that it read to their end, the lines that it passed over, and what it replaced", () =>
    Effect.gen(function*() {
      const path = yield* temporaryDirectory
      write(path, { a: Buffer.from("one\n\xff\xfe\n", "latin1"), b: `${"x".repeat(50)}\ntwo\n`, c: "" })
      const found = yield* readAll({ name: "counted", path, maxLineLength: 10, onLongLine: "skip", blockBytes: 8 })
      assert.deepStrictEqual(found.lines, ["one", "\ufffd\ufffd", "two"])
      assert.strictEqual(yield* counted("read_files", "counted"), 3)
      assert.strictEqual(yield* counted("skipped_lines", "counted"), 1)
      assert.strictEqual(yield* counted("replaced_bytes", "counted"), 2)
    }))

  it.live.skipIf(userInfo().uid === 0 || platform() === "win32")("says what it may not read", () =>
    Effect.gen(function*() {
      const path = yield* temporaryDirectory
      write(path, { a: "one\n", b: "two\n" })
      chmodSync(join(path, "b"), 0o000)
      const { error, lines } = yield* readAll({ name: "files", path })
      assert.deepStrictEqual(lines, ["one"])
      assert.deepStrictEqual([error?.reason._tag, error?.path], ["PermissionDenied", join(path, "b")])
    }))
})
