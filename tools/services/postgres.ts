/** A PostgreSQL for tests: one that runs, or an installed one on a directory of its own. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { type Found, freePort, service } from "./Service.ts"

/** How to reach it. The user may do everything in the database. */
export interface Postgres {
  readonly url: string
}

const local = "postgres://postgres@127.0.0.1:5432/test"

/** Nothing, or what is wrong. */
export const problemAt = (url: string): Promise<string | undefined> =>
  Effect.runPromise(
    Effect.flatMap(SqlClient, (sql) => sql`select 1`).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(url), connectTimeout: "2 seconds" })),
      Effect.as(undefined),
      Effect.catch((error) => Effect.succeed(error.message))
    )
  )

/** Where the programs of the newest installed version are. */
const programs = (): string | undefined => {
  const all = path.join(path.sep, "usr", "lib", "postgresql")
  const versions = fs.existsSync(all) ? fs.readdirSync(all) : []
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(all, version, "bin"))
    .find((bin) => fs.existsSync(path.join(bin, "initdb")) && fs.existsSync(path.join(bin, "postgres")))
}

/** It refuses to run as root. */
const userToRunAs = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }))
  return { uid: idOf("-u"), gid: idOf("-g") }
}

/** Holds the server until its input ends, which it does when the process that started it has ended, in whatever way. */
const holding = `"$1/postgres" -D "$2/data" -k "$2" -h 127.0.0.1 -p "$3" >"$2/log" 2>&1 &
cat >/dev/null
kill -QUIT $!
wait $!
rm -rf "$2"`

const tries = 100

/** Starts an installed one; it ends with this process, and takes its files along. */
export const startPostgres = async (): Promise<Found<Postgres>> => {
  const bin = programs()
  if (bin === undefined) return { missing: "none runs, and none is installed" }
  const user = userToRunAs()
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-postgres-"))
  if (user !== undefined) fs.chownSync(directory, user.uid, user.gid)
  const data = path.join(directory, "data")
  const options = { ...user, cwd: directory }
  execFileSync(
    path.join(bin, "initdb"),
    ["-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...options, stdio: ["ignore", "ignore", "pipe"] }
  )
  const port = await freePort()
  const holder = spawn("sh", ["-c", holding, "sh", bin, directory, String(port)], {
    ...options,
    stdio: ["pipe", "ignore", "ignore"],
    detached: true
  })
  holder.unref()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let problem: string | undefined
  for (let n = 0; n < tries; n++) {
    problem = await problemAt(url)
    if (problem === undefined) return { server: { url } }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { missing: `the one that was started does not answer: ${problem}` }
}

/**
 * The server at `MILLRACE_TEST_POSTGRES_URL`; without that the one on the usual port with a database "test", or an
 * installed one that is started.
 */
export const postgres: () => Promise<Postgres | undefined> = service("PostgreSQL", async () => {
  const given = process.env["MILLRACE_TEST_POSTGRES_URL"]
  const problem = await problemAt(given ?? local)
  if (problem === undefined) return { server: { url: given ?? local } }
  return given === undefined ? startPostgres() : { missing: `the one that was named does not answer: ${problem}` }
})
