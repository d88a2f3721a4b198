import { assert, describe, it } from "@effect/vitest"
import { BatchSink, CheckpointStore, DStream, Pipeline, type Receiver } from "@millrace/core"
import * as Files from "@millrace/receivers/Files"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryDirectory } from "./support.ts"

class Full extends Data.TaggedError("Full")<{}> {
  readonly isRetryable = false
}

class Done extends Data.TaggedError("Done")<{}> {
  readonly isRetryable = false
}

/** Runs again and again, every second commit fails before it takes anything, until `count` records were kept. */
const runsOf = (receiver: Receiver.Receiver<string, Files.FilesError>, count: number, between: (run: number) => void) =>
  Effect.gen(function*() {
    const kept: Array<string> = []
    let commits = 0
    let isDone = false
    const commit = ({ items }: { readonly items: ReadonlyArray<string> }) =>
      Effect.suspend((): Effect.Effect<void, Full | Done> => {
        if (items.length > 0 && ++commits % 2 === 1) return Effect.fail(new Full())
        kept.push(...items)
        isDone = kept.length >= count
        return isDone ? Effect.fail(new Done()) : Effect.void
      })
    const output = DStream.to(DStream.fromReceiver(receiver), "kept", BatchSink.make(commit))
    const pipeline = Pipeline.make("recovery", { batchInterval: "10 millis", outbox: "off", outputs: [output] })
    // The last commit that is taken sets `isDone`.
    let runs = 0
    const isOver = () => isDone || runs >= 200
    for (; !isOver(); runs++) {
      between(runs)
      const exit = yield* Effect.exit(Effect.timeout(Pipeline.run(pipeline), "20 seconds"))
      assert.isTrue(Exit.isFailure(exit))
    }
    return { kept, runs }
  })

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `line ${from + index}`)

describe("in a pipeline with a checkpoint whose runs end again and again", () => {
  it.live("Files.watch gives every line of every file once, though files appear between the runs", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const path = join(directory, "inbox")
      mkdirSync(path)
      const put = (run: number) => {
        if (run >= 8) return
        for (let part = 0; part < 3; part++) {
          const from = run * 300 + part * 100
          writeFileSync(join(directory, "part"), lines(from, from + 100).join("\n"))
          utimesSync(join(directory, "part"), 1_000 - run, 1_000 - run)
          renameSync(join(directory, "part"), join(path, `${part}-${run}`))
        }
      }
      const receiver = Files.watch({
        name: "lines",
        path,
        blockBytes: 512,
        pollInterval: "1 millis",
        initialRate: 20_000,
        maxRate: 20_000,
        format: Files.textLines()
      })
      const { kept, runs } = yield* runsOf(receiver, 2_400, put)
      assert.isAtLeast(runs, 8)
      assert.deepStrictEqual([...kept].sort(), lines(0, 2_400).sort())
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))
})
