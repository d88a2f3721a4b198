/** A process with a rolling output is killed again and again, and every number is there once, in order. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { finishedLines, finishedParts, readLines } from "./readParts.ts"
import { temporaryDirectory } from "./support.ts"

const records = 3000

const start = (directory: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const program = join(import.meta.dirname, "rollingProgram.ts")
      const child = spawn(process.execPath, ["--conditions=@millrace/source", program, directory, String(records)], {
        stdio: "ignore"
      })
      return { child, ended: new Promise<number | null>((resolve) => child.once("close", resolve)) }
    }),
    ({ child }) => Effect.sync(() => void child.kill("SIGKILL"))
  )

const expected = Array.from({ length: records }, (_, n) => String(n))

describe("a process that writes rolling files", () => {
  it.live("killed again and again leaves each record once, in parts that never change", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const out = join(directory, "numbers")
      const read = Effect.suspend(() => existsSync(out) ? readLines(out, ["numbers"]) : Effect.succeed([]))
      let seen = 0
      for (let kill = 0; kill < 4; kill++) {
        yield* Effect.scoped(Effect.gen(function*() {
          const { child, ended } = yield* start(directory)
          // Wherever it is: in a batch, or between parts.
          yield* Effect.sync(() => existsSync(out) ? finishedLines(out).length : 0).pipe(
            Effect.repeat({ until: (lines) => lines > seen, schedule: Schedule.spaced("3 millis") })
          )
          child.kill("SIGKILL")
          yield* Effect.promise(() => ended)
        }))
        const lines = yield* read
        seen = finishedLines(out).length
        assert.deepStrictEqual(lines, expected.slice(0, lines.length))
      }
      assert.isBelow(seen, records, "it was killed before its end")
      const { child, ended } = yield* start(directory)
      yield* Effect.repeat(read, { until: (lines) => lines.length >= records, schedule: Schedule.spaced("20 millis") })
      child.kill("SIGINT")
      assert.strictEqual(yield* Effect.promise(() => ended), 0)
      assert.deepStrictEqual(finishedLines(out), expected)
      assert.isAbove(finishedParts(out).length, 5)
    }), 60_000)
})
