import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { run, start } from "./program.ts"

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-words-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Counts that were written, in their order. What is hidden is not there yet. */
const written = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory).filter((name) => !name.startsWith(".")).sort()
    .flatMap((name) => readFileSync(join(directory, name), "utf8").split("\n").slice(0, -1))

/** What was printed, without the rules and the times. */
const printed = (stdout: string): ReadonlyArray<string> =>
  stdout.split("\n").filter((line) => line.startsWith("(")).toSorted()

describe("files-word-count.ts", () => {
  it.live("counts the words of files that appear, each file once over starts and a kill", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const [inbox, out] = [join(directory, "inbox"), join(directory, "out")]
      mkdirSync(inbox)
      const put = (name: string, text: string) => {
        writeFileSync(join(directory, name), text)
        renameSync(join(directory, name), join(inbox, name))
      }
      put("1.txt", "To be, or not\nto be")
      const killed = yield* Effect.scoped(Effect.gen(function*() {
        const { ended, says, signal } = yield* start("files-word-count.ts", [inbox, out])
        yield* says("started, a batch")
        yield* signal("SIGKILL")
        return yield* ended
      }))
      const first = yield* run("files-word-count.ts", [inbox, out])
      assert.strictEqual(first.code, 0, first.stderr)
      // What was printed before it was killed may be printed again, and need not be.
      const once = [...new Set([...printed(killed.stdout), ...printed(first.stdout)])].toSorted()
      assert.deepStrictEqual(once, ["(be,2)", "(not,1)", "(or,1)", "(to,2)"])
      put("2.txt", "be quick, not late")
      const second = yield* run("files-word-count.ts", [inbox, out])
      assert.strictEqual(second.code, 0, second.stderr)
      assert.deepStrictEqual(printed(second.stdout), ["(be,1)", "(late,1)", "(not,1)", "(quick,1)"])
      const counts = Object.fromEntries(written(join(out, "words")).map((line) => line.split(" ")))
      assert.deepStrictEqual(counts, { to: "2", be: "3", or: "1", not: "2", quick: "1", late: "1" })
    }), 60_000)
})
