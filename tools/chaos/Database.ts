/** A schema of its own in a PostgreSQL, made, read and dropped by `psql`. */
import { execFileSync } from "node:child_process"

export interface Database {
  readonly url: string
  readonly schema: string
}

const psql = (url: string, text: string): string =>
  execFileSync("psql", [url, "-v", "ON_ERROR_STOP=1", "-qAtc", text], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 30,
    timeout: 60_000
  })

export const create = (url: string): Database => {
  const schema = `millrace_chaos_${process.pid}_${Math.trunc(performance.now())}`
  psql(url, `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.lines (n bigserial, line text NOT NULL)`)
  return { url, schema }
}

/** The lines in the order in which they were put in. */
export const linesIn = ({ schema, url }: Database): ReadonlyArray<string> =>
  psql(url, `SELECT line FROM ${schema}.lines ORDER BY n`).split("\n").slice(0, -1)

export const drop = ({ schema, url }: Database): void => {
  psql(url, `DROP SCHEMA ${schema} CASCADE`)
}
