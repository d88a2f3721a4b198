/** A `SqlClient` of `@effect/sql-pg`, which is loaded when it is asked for: whoever brings another needs none. */
import type { PgClient, PgPoolConfig } from "@effect/sql-pg/PgClient"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { hasProperty } from "effect/Predicate"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/** What is loaded, or a sentence that says what to install. */
export const loaded = <A>(load: () => Promise<A>): Effect.Effect<A> =>
  Effect.promise(() =>
    load().catch((cause: unknown) => {
      throw new Error("@millrace/receivers/Postgres connects by the package @effect/sql-pg: npm install @effect/sql-pg", { cause })
    })
  )

const driver = loaded(() => import("@effect/sql-pg/PgClient"))

/**
 * A pool of connections by `@effect/sql-pg`, and the `SqlClient` that receivers and tables here ask for, as do the sinks and `CheckpointStore.layerPostgres`.
 * It connects with the first statement, so a server that is not there is an error of whoever asks.
 *
 * ```ts import.meta.vitest
 * import * as Postgres from "@millrace/receivers/Postgres"
 * import { Layer, Redacted } from "effect"
 *
 * const database = Postgres.layer({ url: Redacted.make("postgres://localhost/orders"), maxConnections: 4 })
 * Layer.isLayer(database) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (config: PgPoolConfig): Layer.Layer<SqlClient, SqlError> =>
  Layer.unwrap(Effect.map(driver, (client) => client.layer(config)))

/**
 * `layer` from the configuration of the program; passwords and addresses that hold one are `Config.Redacted`.
 *
 * ```ts import.meta.vitest
 * import * as Postgres from "@millrace/receivers/Postgres"
 * import { Config, Layer } from "effect"
 *
 * const database = Postgres.layerConfig({ url: Config.Redacted("DATABASE_URL") })
 * Layer.isLayer(database) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  config: Config.Wrap<PgPoolConfig>
): Layer.Layer<SqlClient, SqlError | Config.ConfigError> =>
  Layer.unwrap(Effect.map(driver, (client) => client.layerConfig(config)))

const isPgClient = (client: SqlClient): client is PgClient => hasProperty(client, "listen") && typeof client.listen === "function"

/** What listens at a channel, if the client can. Its queue fails with the connection. */
export const listenerOf = (
  client: SqlClient,
  channel: string
): Effect.Effect<Queue.Dequeue<unknown, SqlError>, SqlError, Scope.Scope> | undefined =>
  isPgClient(client) ? client.listen(channel) : undefined
