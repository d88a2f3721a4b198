import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { run, start } from "./program.ts"

const words = ["to", "be", "or", "not", "that", "is", "the", "question"]
const lines = Array.from({ length: 1_500 }, (_, index) => `${words[index % 8]} ${words[(index * 5 + 3) % 7]} ${index % 100}`)

const naive = (): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const word of lines.flatMap((line) => line.split(" "))) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-resume-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Every count that was written, in the order of the batches. */
const written = (directory: string): ReadonlyArray<readonly [word: string, count: number]> => {
  if (!existsSync(directory)) return []
  const names = readdirSync(directory).filter((name) => !name.startsWith(".")).sort()
  return names.flatMap((name) =>
    readFileSync(join(directory, name), "utf8").split("\n").slice(0, -1).map((line) => {
      const [word = "", count] = line.split(" ")
      return [word, Number(count)] as const
    }))
}

describe("stop-and-resume.ts", () => {
  it.live("counts every word once, though it is stopped, killed, and started again", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const input = join(directory, "words.txt")
      const out = join(directory, "out")
      writeFileSync(input, lines.join("\n"))
      const args = [input, out]
      let seen = 0
      const more = Effect.sync(() => written(join(out, "counts")).length > seen).pipe(
        Effect.repeat({ until: (isMore) => isMore, schedule: Schedule.spaced("20 millis") })
      )
      for (const signal of ["SIGINT", "SIGKILL"] as const) {
        yield* Effect.scoped(Effect.gen(function*() {
          const program = yield* start("stop-and-resume.ts", args)
          yield* more
          yield* program.signal(signal)
          const { code, stderr } = yield* program.ended
          assert.strictEqual(code, signal === "SIGINT" ? 0 : null, stderr)
        }))
        seen = written(join(out, "counts")).length
      }
      const inBetween = new Map(written(join(out, "counts")))
      assert.isBelow(inBetween.get("to")!, naive().get("to")!, "it was stopped before its end")
      const { code, stderr } = yield* run("stop-and-resume.ts", args)
      assert.strictEqual(code, 0, stderr)
      const all = written(join(out, "counts"))
      assert.deepStrictEqual(new Map([...new Map(all)].sort()), new Map([...naive()].sort()))
      const last = new Map<string, number>()
      for (const [word, count] of all) {
        assert.isAbove(count, last.get(word) ?? 0, `${word} was counted twice or went back`)
        last.set(word, count)
      }
    }), 60_000)
})
