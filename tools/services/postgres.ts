/** A PostgreSQL for tests: one that runs, or an installed one on a directory of its own. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { type Controls, Held } from "./Held.ts"
import { type Found, freePort, service } from "./Service.ts"
import { shared } from "./shared.ts"
import { areThere, problemOf } from "./shell.ts"

/** How to reach it. The user may do everything in the database. */
export interface Postgres {
  readonly url: string
}

/** A server of one's own, to be broken. */
export interface StartedPostgres extends Postgres, Controls {
  /** Starts it again as a standby that has lost its primary: it can be read from, and never gets anything new. */
  readonly demote: () => Promise<void>
}

export interface PostgresOptions {
  /** More settings of the server, such as "max_prepared_transactions=4". */
  readonly settings?: ReadonlyArray<string>
}

const local = "postgres://postgres@127.0.0.1:5432/test"
const startMillis = 30_000

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

/** Starts an installed one; it ends with this process, and takes its files along. */
export const startPostgres = async ({ settings = [] }: PostgresOptions = {}): Promise<Found<StartedPostgres>> => {
  // Its programs are not on the path.
  if (programs() === undefined) await areThere(["postgres"], ["postgresql"])
  const bin = programs()
  if (bin === undefined) return { missing: "none runs, and none is installed" }
  const user = userToRunAs()
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-postgres-"))
  if (user !== undefined) fs.chownSync(directory, user.uid, user.gid)
  const data = path.join(directory, "data")
  const problemOfData = await problemOf(
    path.join(bin, "initdb"),
    ["-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...user, cwd: directory }
  )
  const port = await freePort()
  const more = settings.flatMap((setting) => ["-c", setting])
  const held = new Held({
    command: [path.join(bin, "postgres"), "-D", data, "-k", directory, "-h", "127.0.0.1", "-p", String(port), ...more],
    directory,
    user,
    lastSignal: "QUIT"
  })
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const problem = problemOfData ?? await held.startAndWait(() => problemAt(url), startMillis)
  if (problem !== undefined) {
    await held.close()
    return { missing: `the one that was started does not answer: ${problem}` }
  }
  const controls = held.controls(() => problemAt(url), startMillis)
  const demote = async () => {
    await controls.stop()
    fs.writeFileSync(path.join(data, "standby.signal"), "")
    await controls.start()
  }
  return { server: { url, ...controls, demote }, isStarted: true }
}

/**
 * The server at `MILLRACE_TEST_POSTGRES_URL`; without that the one on the usual port with a database "test", or an
 * installed one that is started.
 */
export const findPostgres = async (): Promise<Found<Postgres>> => {
  const given = process.env["MILLRACE_TEST_POSTGRES_URL"]
  const problem = await problemAt(given ?? local)
  if (problem === undefined) return { server: { url: given ?? local } }
  return given === undefined ? startPostgres() : { missing: `the one that was named does not answer: ${problem}` }
}

/** The one that all tests of a run share. Names of tables have to be one's own. */
export const postgres: () => Promise<Postgres | undefined> = service("PostgreSQL", shared("PostgreSQL", findPostgres))
