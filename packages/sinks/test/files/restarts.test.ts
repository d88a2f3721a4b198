/** Runs without a checkpoint, one after the other into one directory: none writes over the files of another. */
import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore, DStream, Pipeline } from "@millrace/core"
import * as Files from "@millrace/sinks/Files"
import { Clock, Effect } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryDirectory } from "./support.ts"

const hour = 60 * 60 * 1000

/** Each run drains at once, long before its boundary. */
const runOf = (directory: string, word: string) => {
  const words = DStream.fromIterable({ name: "words" }, [word])
  const output = DStream.to(words, "counts", Files.text({ directory, suffix: "txt" }))
  return Pipeline.run(Pipeline.make("p", { batchInterval: "1 hour", outputs: [output] }))
}

const written = (directory: string): ReadonlyArray<readonly [time: number, text: string]> =>
  readdirSync(directory)
    .map((name) => [Number(name.replace(/^counts-|\.txt$/g, "")), readFileSync(join(directory, name), "utf8")] as const)
    .sort(([a], [b]) => a - b)

describe("runs without a checkpoint", () => {
  it.live("that start within one interval leave a file each, in the order of the runs", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const before = yield* Clock.currentTimeMillis
      for (const word of ["one", "two", "three"]) yield* runOf(directory, word)
      const files = written(directory)
      assert.deepStrictEqual(files.map(([, text]) => text), ["one\n", "two\n", "three\n"])
      const [first] = files[0]!
      assert.isTrue(first > before && first <= before + 2 * hour)
      assert.deepStrictEqual(files.map(([time]) => time - first), [0, hour, 2 * hour])
    }))

  it.live("leave their files to the first run with one", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      yield* runOf(directory, "one")
      yield* Effect.provide(runOf(directory, "two"), CheckpointStore.layerMemory)
      assert.deepStrictEqual(written(directory).map(([, text]) => text), ["one\n", "two\n"])
    }))

  it.live("pass over names of a far future, and over those of others", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const now = yield* Clock.currentTimeMillis
      const others = [
        `counts-${now + 1000 * hour}.txt`,
        "counts-9999999999999999.txt",
        `counts-${now + 3 * hour}`,
        `counts-${now + 3 * hour}x.txt`,
        `words-${now + 3 * hour}.txt`
      ]
      for (const name of others) writeFileSync(join(directory, name), "")
      yield* runOf(directory, "one")
      const mine = readdirSync(directory).filter((name) => !others.includes(name))
      assert.strictEqual(mine.length, 1)
      const time = Number(/^counts-(\d+)\.txt$/.exec(mine[0]!)?.[1])
      assert.isTrue(time > now && time <= now + 2 * hour)
    }))
})
