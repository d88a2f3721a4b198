import { assert, describe, it } from "@effect/vitest"
import { BatchSink, CheckpointStore, DStream, Pipeline, type Receiver } from "@millrace/core"
import * as Files from "@millrace/receivers/Files"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { appendFileSync, copyFileSync, mkdirSync, renameSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { temporaryDirectory } from "./support.ts"

class Full extends Data.TaggedError("Full")<{}> {
  readonly isRetryable = false
}

class Done extends Data.TaggedError("Done")<{}> {
  readonly isRetryable = false
}

/** Runs again and again, every second commit fails before it takes anything, until `count` records were kept. */
const runsOf = <A>(receiver: Receiver.Receiver<A, Files.FilesError>, count: number, between: (run: number) => void) =>
  Effect.gen(function*() {
    const kept: Array<A> = []
    let commits = 0
    let isDone = false
    const commit = ({ items }: { readonly items: ReadonlyArray<A> }) =>
      Effect.suspend((): Effect.Effect<void, Full | Done> => {
        if (items.length > 0 && ++commits % 2 === 1) return Effect.fail(new Full())
        kept.push(...items)
        isDone = kept.length >= count
        // The batch is kept before the run ends: it came once only if it does not come again.
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

const paced = { initialRate: 20_000, maxRate: 20_000, blockBytes: 512 }

describe("in a pipeline with a checkpoint whose runs end again and again", () => {
  const inbox = Effect.map(temporaryDirectory, (directory) => {
    mkdirSync(join(directory, "inbox"))
    return { directory, path: join(directory, "inbox") }
  })

  /** Puts three files more into an inbox, older ones each time. */
  const putter = (directory: string, compress: (text: string) => string | Uint8Array, suffix: string) => (run: number) => {
    if (run >= 8) return
    for (let part = 0; part < 3; part++) {
      const from = run * 300 + part * 100
      writeFileSync(join(directory, "part"), compress(lines(from, from + 100).join("\n")))
      utimesSync(join(directory, "part"), 1_000 - run, 1_000 - run)
      renameSync(join(directory, "part"), join(directory, "inbox", `${part}-${run}${suffix}`))
    }
  }

  for (const [suffix, compress] of [["", String], [".gz", gzipSync], [".zst", zstdCompressSync]] as const) {
    it.live(`Files.watch gives every line of every file${suffix} once, though files appear between the runs`, () =>
      Effect.gen(function*() {
        const { directory, path } = yield* inbox
        const receiver = Files.watch({ ...paced, name: "lines", path, pollInterval: "1 millis", format: Files.textLines() })
        const { kept, runs } = yield* runsOf(receiver, 2_400, putter(directory, (text) => compress(text), suffix))
        assert.isAtLeast(runs, 8)
        assert.deepStrictEqual([...kept].sort(), lines(0, 2_400).sort())
      }).pipe(Effect.provide(CheckpointStore.layerMemory)))
  }

  it.live("Files.tail gives every line once and in order, though the file is rotated between the runs", () =>
    Effect.gen(function*() {
      const path = join(yield* temporaryDirectory, "app.log")
      const write = (run: number) => {
        if (run >= 8) return
        if (run > 0) {
          for (let number = run; number > 1; number--) renameSync(`${path}.${number - 1}`, `${path}.${number}`)
          if (run % 2 === 0) renameSync(path, `${path}.1`)
          else {
            copyFileSync(path, `${path}.1`)
            truncateSync(path)
          }
        }
        appendFileSync(path, `${lines(run * 300, run * 300 + 300).join("\n")}\n`)
      }
      const receiver = Files.tail({
        ...paced,
        name: "lines",
        path,
        pollInterval: "1 millis",
        rotateWait: "1 millis",
        format: Files.textLines()
      })
      const { kept, runs } = yield* runsOf(receiver, 2_400, write)
      assert.isAtLeast(runs, 8)
      assert.deepStrictEqual(kept, lines(0, 2_400))
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("Files.read gives every row of CSV once and in order", () =>
    Effect.gen(function*() {
      const path = yield* temporaryDirectory
      for (let from = 0; from < 2_400; from += 600) {
        const rows = lines(from, from + 600).map((line) => `"${line.replace(" ", "\n")}",x\r\n`)
        writeFileSync(join(path, String(from).padStart(5, "0")), `a,b\n${rows.join("")}`)
      }
      const schema = Schema.Struct({ a: Schema.String, b: Schema.String })
      const rows = Files.read({ ...paced, name: "lines", path, format: Files.csv({ schema }) })
      const { kept } = yield* runsOf(rows, 2_400, () => {})
      assert.deepStrictEqual(kept.map(({ a }) => a.replace("\n", " ")), lines(0, 2_400))
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))
})
