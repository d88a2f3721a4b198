/** The table of what each output has: a row for an output, written in the transaction of the batch. */
import type { BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { identifier, quoted } from "./names.ts"
import { PostgresError } from "./PostgresError.ts"

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
  open(): Effect.Effect<void, SqlError | PostgresError> {
    const { sql } = this
    const { epoch, output, pipeline } = this.identity
    const table = identifier(sql, this.table)
    // Two that make a table at once collide in the catalogue, in spite of "if not exists".
    const made = sql.withTransaction(Effect.andThen(
      sql`select pg_advisory_xact_lock(${lockOfTables})`,
      sql`create table if not exists ${table} (
        pipeline text not null,
        output text not null,
        epoch bigint not null,
        batch bigint not null,
        primary key (pipeline, output)
      )`
    ))
    const claimed = sql<Row>`
      insert into ${table} as kept (pipeline, output, epoch, batch) values (${pipeline}, ${output}, ${epoch}, 0)
      on conflict (pipeline, output) do update set epoch = excluded.epoch where kept.epoch <= excluded.epoch
      returning epoch, batch`
    return this.exists().pipe(
      Effect.flatMap((exists) => exists ? Effect.void : made),
      Effect.andThen(claimed),
      Effect.flatMap((rows) => rows.length > 0 ? Effect.void : this.fenced())
    )
  }

  /** Whoever may not make tables can have it made for him. */
  private exists(): Effect.Effect<boolean, SqlError> {
    return Effect.map(
      this.sql<{ readonly found: string | null }>`select to_regclass(${quoted(this.sql, this.table)})::text as found`,
      ([row]) => row !== undefined && row.found !== null
    )
  }

  lastCommitted(): Effect.Effect<Option.Option<number>, SqlError> {
    return Effect.map(this.read(), (row) => row === undefined || Number(row.batch) === 0 ? Option.none() : Option.some(Number(row.batch)))
  }

  /**
   * Within the transaction of the batch, before its rows. False: the batch is in the database already. Where sessions are
   * told not to wait for the disk this transaction does: the journal forgets a batch that the database says it has.
   */
  take(batch: number): Effect.Effect<boolean, SqlError | PostgresError> {
    const { sql } = this
    const { epoch, output, pipeline } = this.identity
    const taken = sql`
      update ${identifier(sql, this.table)} set batch = ${batch}
      where pipeline = ${pipeline} and output = ${output} and epoch = ${epoch} and batch < ${batch}
      returning case current_setting('synchronous_commit') when 'off' then set_config('synchronous_commit', 'local', true) end`
    return Effect.flatMap(taken, (rows) =>
      rows.length > 0
        ? Effect.succeed(true)
        : Effect.flatMap(this.read(), (row) =>
          row !== undefined && Number(row.epoch) === epoch ? Effect.succeed(false) : this.fenced()))
  }

  private read(): Effect.Effect<Row | undefined, SqlError> {
    const { sql } = this
    const { output, pipeline } = this.identity
    return Effect.map(
      sql<Row>`select epoch, batch from ${identifier(sql, this.table)} where pipeline = ${pipeline} and output = ${output}`,
      ([row]) => row
    )
  }

  private fenced(): Effect.Effect<never, SqlError | PostgresError> {
    const { epoch, output } = this.identity
    return Effect.flatMap(this.read(), (row) =>
      Effect.fail(new PostgresError({ output, reason: { _tag: "Fenced", epoch, by: Number(row?.epoch ?? 0) } })))
  }
}

/** Any number, the same for everybody who makes such a table. */
const lockOfTables = 7_305_001
