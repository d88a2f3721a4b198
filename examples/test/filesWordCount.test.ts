import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { start } from "./program.ts"

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-words-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Counts that were written, in their order. What is hidden is not there yet. */
const written = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory).filter((name) => !name.startsWith(".")).sort()
    .flatMap((name) => readFileSync(join(directory, name), "utf8").split("\n").slice(0, -1))

describe("files-word-count.ts", () => {
  it.live("counts the words of files as they appear, each file once over stops and kills", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const [inbox, out] = [join(directory, "inbox"), join(directory, "out")]
      mkdirSync(inbox)
      const put = (name: string, text: string) => {
        writeFileSync(join(directory, name), text)
        renameSync(join(directory, name), join(inbox, name))
      }
      put("first.txt", "To be, or not\nto be")
      yield* Effect.scoped(Effect.gen(function*() {
        const { ended, says, signal } = yield* start("files-word-count.ts", [inbox, out])
        yield* says("(to,2)")
        put("second.txt", "be quick")
        yield* says("(quick,1)")
        yield* signal("SIGKILL")
        yield* ended
      }))
      put("third.txt", "not now")
      const { ended, says, signal } = yield* start("files-word-count.ts", [inbox, out])
      yield* says("(now,1)")
      yield* signal("SIGINT")
      const { code, stderr, stdout } = yield* ended
      assert.strictEqual(code, 0, stderr)
      assert.notInclude(stdout, "(to,2)", "a file was read twice")
      const counts = new Map(written(join(out, "words")).map((line) => [line.split(" ")[0], line.split(" ")[1]]))
      assert.deepStrictEqual(Object.fromEntries(counts), { to: "2", be: "3", or: "1", not: "2", quick: "1", now: "1" })
    }), 60_000)
})
