/** Stores on a PostgreSQL server, each in a schema of its own that goes with it. */
import { PgClient } from "@effect/sql-pg"
import { CheckpointStore } from "@millrace/core"
import { postgres } from "@millrace/tool-services"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { randomUUID } from "node:crypto"
import type { Store } from "./journals.ts"

export const server = await postgres()

export const serverUrl = server?.url ?? ""

type Config = Partial<PgClient.PgPoolConfig>

export const layerClient = (config: Config = {}) => PgClient.layer({ url: Redacted.make(serverUrl), ...config })

/** The name of a schema that nobody else has. */
export const freshSchema = Effect.acquireRelease(
  Effect.sync(() => `millrace_test_${randomUUID().replaceAll("-", "")}`),
  (schema) =>
    Effect.flatMap(SqlClient, (sql) => sql`drop schema if exists ${sql(schema)} cascade`).pipe(
      Effect.provide(layerClient()),
      Effect.orDie
    )
)

export const onPostgres = (options: CheckpointStore.PostgresStoreOptions = {}, config: Config = {}) =>
  Layer.unwrap(Effect.map(freshSchema, (schema) => CheckpointStore.layerPostgres({ schema, ...options }))).pipe(
    Layer.provide(layerClient(config))
  )

/** What a test does with its schema: stores as of several processes, and plain SQL. */
export interface Place {
  readonly schema: string
  readonly sql: SqlClient
  /** A store with a client of its own, until the test ends. */
  readonly store: (options?: CheckpointStore.PostgresStoreOptions, config?: Config) => Effect.Effect<Store>
  /** Ends the session that holds the newest claim, as the server's administrator would. */
  readonly endSession: Effect.Effect<void>
  /** One column of the rows that plain SQL finds, never within a transaction; `search_path` is the schema. */
  readonly column: (statement: string) => Effect.Effect<ReadonlyArray<unknown>>
}

export const inSchema = <A, E>(body: (place: Place) => Effect.Effect<A, E>) =>
  Effect.scoped(Effect.gen(function*() {
    const scope = yield* Effect.scope
    const schema = yield* freshSchema
    const client = Effect.flatMap(
      Layer.buildWithScope(layerClient({ startupParameters: { search_path: schema } }), scope),
      (context) => Effect.provide(SqlClient, context)
    )
    const sql = yield* client
    const outside = yield* client
    const store: Place["store"] = (options = {}, config = {}) => {
      const layer = CheckpointStore.layerPostgres({ schema, ...options }).pipe(Layer.provide(layerClient(config)))
      return Effect.flatMap(Layer.buildWithScope(layer, scope), (built) =>
        Effect.provide(CheckpointStore.CheckpointStore, built)).pipe(Effect.orDie)
    }
    const column: Place["column"] = (statement) =>
      Effect.map(Effect.orDie(outside.unsafe(statement).values), (rows) => rows.map(([value]) => value))
    const endSession = Effect.asVoid(column("select pg_terminate_backend(session, 5000) from millrace_epoch"))
    return yield* body({ schema, sql, store, endSession, column })
  }))
