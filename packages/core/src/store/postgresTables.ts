/** The tables of checkpoints in PostgreSQL: their names, how they are made, and the fence in front of each change. */
import * as Effect from "effect/Effect"
import type { CheckpointError } from "./CheckpointError.ts"
import type { PostgresSession, Send } from "./PostgresSession.ts"
import { field } from "./records.ts"

/** Goes up with every change that older versions cannot read. */
export const format = 1

export interface Tables {
  /** For messages. */
  readonly path: string
  readonly schema: string | undefined
  /** Quoted, with the schema before them where there is one. */
  readonly epoch: string
  readonly journal: string
  readonly snapshot: string
}

const names = ["epoch", "journal", "snapshot"] as const

const name = /^[^"\0.]+$/u

export const nameProblem = (schema: string | undefined, prefix: string): string | undefined => {
  if (schema !== undefined && !(name.test(schema) && schema.length <= 63)) {
    return "needs the name of a schema: 1 to 63 characters without quotes, dots and NUL"
  }
  return prefix === "" || name.test(prefix) && prefix.length <= 48
    ? undefined
    : "needs a prefix of up to 48 characters without quotes, dots and NUL"
}

export const tablesOf = (schema: string | undefined, prefix: string): Tables => {
  const before = schema === undefined ? "" : `"${schema}".`
  const table = (name: string): string => `${before}"${prefix}${name}"`
  return {
    path: `PostgreSQL tables ${schema === undefined ? "" : `${schema}.`}${prefix}*`,
    schema,
    epoch: table("epoch"),
    journal: table("journal"),
    snapshot: table("snapshot")
  }
}

/** Keys are compared byte by byte: an index in the order of a language breaks when the system learns it anew. */
const definitions = ({ epoch, journal, snapshot }: Tables): ReadonlyArray<string> => [
  `create table if not exists ${epoch} (
    pipeline text collate "C" primary key,
    epoch bigint not null,
    format integer not null,
    session integer,
    claimed_at timestamptz
  )`,
  `create table if not exists ${journal} (
    pipeline text collate "C" not null,
    lsn bigint not null,
    part integer not null,
    epoch bigint not null,
    kind smallint not null,
    content text not null,
    primary key (pipeline, lsn, part)
  )`,
  `create table if not exists ${snapshot} (
    pipeline text collate "C" not null,
    reference text collate "C" not null,
    place integer not null,
    part integer not null,
    pieces integer not null,
    keep_from bigint not null,
    content text not null,
    primary key (pipeline, reference, place, part)
  )`
]

/** Any number, the same for all who make such tables. */
const lockOfTables = "7305002"

const making = "making the tables"

/**
 * Makes what is not there; who may not make tables can have them made. Two that make a table at once would collide in
 * the catalogue, in spite of "if not exists".
 */
export const makeTables = Effect.fnUntraced(function*(
  session: PostgresSession,
  tables: Tables
): Effect.fn.Return<void, CheckpointError> {
  const [found] = yield* session.run(
    making,
    `select ${names.map((name, index) => `to_regclass($${index + 1}) is not null as ${name}`).join(", ")}`,
    names.map((name) => tables[name])
  )
  if (names.every((name) => field(found, name) === true)) return
  yield* session.transaction(making, "begin isolation level read committed", (send) =>
    Effect.gen(function*() {
      yield* send("select pg_advisory_xact_lock($1::bigint)", [lockOfTables])
      yield* makeSchema(send, tables.schema)
      for (const definition of definitions(tables)) yield* send(definition)
    }))
})

/** It would be refused to those who may not make one, even where it is there. */
const makeSchema = (send: Send, schema: string | undefined): Effect.Effect<void, CheckpointError> =>
  schema === undefined ? Effect.void : Effect.flatMap(
    send("select to_regnamespace($1) is not null as found", [`"${schema}"`]),
    ([row]) => field(row, "found") === true ? Effect.void : Effect.asVoid(send(`create schema "${schema}"`))
  )

/**
 * Goes before a change, with the pipeline as $1 and the epoch as $2: a row while the epoch is the newest, and none after.
 * A claim waits until the change is made, so that what it reads then is all there will be.
 */
export const fence = ({ epoch }: Tables): string =>
  `with mine as materialized (select epoch from ${epoch} where pipeline = $1 and epoch = $2::bigint for share)`
