/** The PostgreSQL of the tests: a schema of one's own in it, gone after; and rows read by hand. */
import * as PgClient from "@effect/sql-pg/PgClient"
import type { Receiver } from "@millrace/core"
import type * as Postgres from "@millrace/receivers/Postgres"
import { postgres } from "@millrace/tool-services"
import { Effect, Layer, Option, Redacted, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { randomUUID } from "node:crypto"

const server = await postgres()

/** Whether there is none, and the tests are skipped. */
export const isMissing = server === undefined

export const url = server?.url ?? "postgres://nowhere"

export const clientOf = (to: string, config: Partial<PgClient.PgPoolConfig> = {}) =>
  PgClient.layer({ url: Redacted.make(to), ...config })

/** A name that no other run of tests has, on a server that several may share. */
export const freshName = (): string => `millrace_rows_${randomUUID().replaceAll("-", "").slice(0, 16)}`

/** A client, and the schema that tables of this file go to. */
export const database = (schema: string) => {
  const prepared = Layer.effectDiscard(Effect.gen(function*() {
    const sql = yield* SqlClient
    yield* sql`create schema ${sql(schema)}`
    yield* Effect.addFinalizer(() => Effect.orDie(sql`drop schema ${sql(schema)} cascade`))
  }))
  return Layer.provideMerge(prepared, clientOf(url, { maxConnections: 12 }))
}

type Block = Receiver.Block<unknown, unknown>

/** Opens a receiver and gives its pull, one block at a time. */
export const openPull = <A, R>(receiver: Receiver.Receiver<A, Postgres.PostgresError, R>, after?: unknown) =>
  Effect.gen(function*() {
    const { source } = receiver
    if (source._tag !== "Stream") throw new Error("it is a stream")
    const stream = yield* source.open(Option.fromUndefinedOr(after))
    return Effect.map(yield* Stream.toPull(stream), ([block]): Block => block)
  })

/** So many rows, in the order in which they are read; closed after. */
export const take = <A, R>(receiver: Receiver.Receiver<A, Postgres.PostgresError, R>, count: number, after?: unknown) =>
  Effect.scoped(Effect.gen(function*() {
    const pull = yield* openPull(receiver, after)
    const found: Array<unknown> = []
    let position: unknown = after
    while (found.length < count) {
      const block = yield* pull
      found.push(...block.payload)
      position = block.resumeAfter
    }
    return { rows: found, position }
  }))

/** The values of a column. */
export const column = (rows: ReadonlyArray<unknown>, name: string): ReadonlyArray<unknown> =>
  rows.map((row) => typeof row === "object" && row !== null ? Object.entries(row).find(([key]) => key === name)?.[1] : undefined)

/** Waits until it is so. */
export const until = <E, R>(isSo: Effect.Effect<boolean, E, R>) =>
  Effect.gen(function*() {
    for (let tries = 0; !(yield* isSo); tries++) {
      if (tries > 1_000) throw new Error("It did not become so within 10 seconds")
      yield* Effect.sleep("10 millis")
    }
  })
