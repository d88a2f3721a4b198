/** The PostgreSQL of the tests: a schema of one's own in it, gone after. */
import * as PgClient from "@effect/sql-pg/PgClient"
import { postgres } from "@millrace/tool-services"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { randomUUID } from "node:crypto"

const server = await postgres()

/** Whether there is none, and the tests are skipped. */
export const isMissing = server === undefined

export const url = server?.url ?? "postgres://nowhere"

export const clientOf = (to: string, config: Partial<PgClient.PgPoolConfig> = {}) =>
  PgClient.layer({ url: Redacted.make(to), ...config })

/** A name that no other run of tests has, on a server that several may share. */
export const freshName = (): string => `millrace_sink_${randomUUID().replaceAll("-", "").slice(0, 16)}`

/** A client, and the schema that tables of this file go to. */
export const database = (schema: string) => {
  const prepared = Layer.effectDiscard(Effect.gen(function*() {
    const sql = yield* SqlClient
    yield* sql`create schema ${sql(schema)}`
    yield* Effect.addFinalizer(() => Effect.orDie(sql`drop schema ${sql(schema)} cascade`))
  }))
  return Layer.provideMerge(prepared, clientOf(url))
}
