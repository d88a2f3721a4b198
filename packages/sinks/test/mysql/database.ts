/** The MySQL of the tests: a database of one's own in it, gone after. */
import * as MySql from "@millrace/sinks/MySql"
import { mysql } from "@millrace/tool-services"
import { Effect, Layer, Redacted } from "effect"
import { randomUUID } from "node:crypto"

const server = await mysql()

/** Whether there is none, and the tests are skipped. */
export const isMissing = server === undefined

export const url = server?.url ?? "mysql://nowhere"

export const clientOf = (to: string, options: Partial<MySql.ConnectionOptions> = {}) =>
  MySql.layer({ url: Redacted.make(to), ...options })

/** A name that no other run of tests has, on a server that several may share. */
export const freshName = (): string => `millrace_sink_${randomUUID().replaceAll("-", "").slice(0, 16)}`

/** A client, and the database that tables of this file go to. */
export const database = (name: string) => {
  const prepared = Layer.effectDiscard(Effect.gen(function*() {
    const sql = yield* MySql.MySqlClient
    yield* sql`create database ${sql(name)}`
    yield* Effect.addFinalizer(() => Effect.orDie(sql`drop database ${sql(name)}`))
  }))
  return Layer.provideMerge(prepared, clientOf(url))
}
