/** A pipeline that is killed between its rows and their commit, and started again. */
import { assert, describe, layer } from "@effect/vitest"
import * as MySql from "@millrace/sinks/MySql"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { database, freshName, isMissing, url } from "./database.ts"

const name = freshName()
const table = `${name}.numbers`
const commitTable = `${name}.batches`

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-mysql-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Ends when the process does, which it is made to once it says that the rows are written. */
const started = (path: string, batch: string) =>
  Effect.callback<{ readonly code: number | null; readonly log: string }>((resume) => {
    const program = join(import.meta.dirname, "program.ts")
    const flags = ["--conditions=@millrace/source", "--disable-warning=ExperimentalWarning"]
    const child = spawn(process.execPath, [...flags, program, url, table, commitTable, path, batch])
    let log = ""
    child.stderr.on("data", (data) => log += String(data))
    child.stdout.on("data", (data) => {
      if (String(data).includes("written")) child.kill("SIGKILL")
    })
    child.on("close", (code) => resume(Effect.succeed({ code, log })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe.skipIf(isMissing)("MySQL", () => layer(database(name), { timeout: "60 seconds", excludeTestServices: true })("a pipeline killed with kill -9", (it) => {
  it.effect("between rows and commit has every row once in the end", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      yield* sql`create table ${sql(table)} (n integer not null)`
      const path = yield* directory
      let seen = 0
      for (const batch of ["2", "7"]) {
        const { code, log } = yield* started(path, batch)
        assert.isNull(code, log)
        const rows = yield* sql`select n from ${sql(table)}`
        assert.isAtLeast(rows.length, seen)
        seen = rows.length
      }
      assert.isAbove(seen, 0)
      const { code, log } = yield* started(path, "")
      assert.strictEqual(code, 0, log)
      const rows = yield* sql<{ readonly n: number }>`select n from ${sql(table)} order by n`
      assert.deepStrictEqual(rows.map(({ n }) => n), Array.from({ length: 60 }, (_, index) => index))
    }))
}))
