/** The MySQL of the tests: a database of one's own in it, gone after; and rows read by hand. */
import type { Receiver } from "@millrace/core"
import * as MySql from "@millrace/receivers/MySql"
import { mysql } from "@millrace/tool-services"
import { Effect, Layer, Option, Redacted, Stream } from "effect"
import { randomUUID } from "node:crypto"

const server = await mysql()

/** Whether there is none, and the tests are skipped. */
export const isMissing = server === undefined

export const url = server?.url ?? "mysql://nowhere"

export const clientOf = (to: string, options: Partial<MySql.ConnectionOptions> = {}) =>
  MySql.layer({ url: Redacted.make(to), ...options })

/** A name that no other run of tests has, on a server that several may share. */
export const freshName = (): string => `millrace_rows_${randomUUID().replaceAll("-", "").slice(0, 16)}`

/** A client, and the database that tables of this file go to. */
export const database = (name: string) => {
  const prepared = Layer.effectDiscard(Effect.gen(function*() {
    const sql = yield* MySql.MySqlClient
    yield* sql`create database ${sql(name)}`
    yield* Effect.addFinalizer(() => Effect.orDie(sql`drop database ${sql(name)}`))
  }))
  return Layer.provideMerge(prepared, clientOf(url))
}

type Block = Receiver.Block<unknown, unknown>

/** Opens a receiver and gives its pull, one block at a time. */
export const openPull = <A, R>(receiver: Receiver.Receiver<A, MySql.MySqlError, R>, after?: unknown) =>
  Effect.gen(function*() {
    const { source } = receiver
    if (source._tag !== "Stream") throw new Error("it is a stream")
    const stream = yield* source.open(Option.fromUndefinedOr(after))
    return Effect.map(yield* Stream.toPull(stream), ([block]): Block => block)
  })

/** So many rows, in the order in which they are read; closed after. */
export const take = <A, R>(receiver: Receiver.Receiver<A, MySql.MySqlError, R>, count: number, after?: unknown) =>
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
