/** The table of what each output has: a row for an output, written in the transaction of the batch. */
import type { BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { transactionalOnly } from "./columns.ts"
import { MySqlError } from "./MySqlError.ts"

interface Row {
  readonly epoch: string | number
  readonly batch: string | number
}

/** What a writer asks of the table, for one output under one epoch. */
export class Commits {
  private readonly sql: SqlClient
  private readonly table: string
  private readonly identity: BatchSink.Identity

  constructor(sql: SqlClient, table: string, identity: BatchSink.Identity) {
    this.sql = sql
    this.table = table
    this.identity = identity
  }

  /** Makes the table where it is not there, and shuts out older epochs. */
  open(): Effect.Effect<void, SqlError | MySqlError> {
    const { sql } = this
    const { epoch, output, pipeline } = this.identity
    const table = sql(this.table)
    // Bytes: no collation takes two names for one.
    const made = sql`create table if not exists ${table} (
      pipeline varbinary(255) not null,
      output varbinary(255) not null,
      epoch bigint not null,
      batch bigint not null,
      primary key (pipeline, output)
    ) engine = InnoDB`
    const claimed = sql`
      insert into ${table} (pipeline, output, epoch, batch) values (${pipeline}, ${output}, ${epoch}, 0)
      on duplicate key update epoch = greatest(epoch, values(epoch))`
    const isThere = transactionalOnly(sql, output, this.table)
    return isThere.pipe(
      // Whoever may not make tables can have it made for him.
      Effect.catch((error) =>
        error._tag === "MySqlError" && error.reason._tag === "Rejected" ? Effect.andThen(made, isThere) : Effect.fail(error)),
      Effect.andThen(claimed),
      Effect.andThen(this.read()),
      Effect.flatMap((row) => row !== undefined && Number(row.epoch) === epoch ? Effect.void : this.fenced(row))
    )
  }

  lastCommitted(): Effect.Effect<Option.Option<number>, SqlError> {
    return Effect.map(this.read(), (row) => row === undefined || Number(row.batch) === 0 ? Option.none() : Option.some(Number(row.batch)))
  }

  /** Within the transaction of the batch, before its rows. False: the batch is in the database already. */
  take(batch: number): Effect.Effect<boolean, SqlError | MySqlError> {
    const { sql } = this
    const { epoch, output, pipeline } = this.identity
    const taken = sql`
      update ${sql(this.table)} set batch = ${batch}
      where pipeline = ${pipeline} and output = ${output} and epoch = ${epoch} and batch < ${batch}`.raw
    return Effect.flatMap(taken, (result) =>
      hasProperty(result, "affectedRows") && result.affectedRows === 1
        ? Effect.succeed(true)
        : Effect.flatMap(this.read(), (row) =>
          row !== undefined && Number(row.epoch) === epoch ? Effect.succeed(false) : this.fenced(row)))
  }

  /** The newest row, also where the transaction began before it was written. */
  private read(): Effect.Effect<Row | undefined, SqlError> {
    const { sql } = this
    const { output, pipeline } = this.identity
    return Effect.map(
      sql<Row>`select epoch, batch from ${sql(this.table)} where pipeline = ${pipeline} and output = ${output} for update`,
      ([row]) => row
    )
  }

  private fenced(row: Row | undefined): Effect.Effect<never, MySqlError> {
    const { epoch, output } = this.identity
    return Effect.fail(new MySqlError({ output, reason: { _tag: "Fenced", epoch, by: Number(row?.epoch ?? 0) } }))
  }
}
