import type { Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { MySqlClient } from "./MySqlClient.ts"
import type { MySqlError } from "./MySqlError.ts"
import { type MySqlOptions, transactional } from "./writing.ts"

/**
 * Whatever `write` does with the batch, in the transaction that also takes down the batch id: it happens once, or not at
 * all (`Transactional`). It is not called for an empty batch. It may run again after it failed, and after its transaction
 * was rolled back; effects beside the database, and statements to tables without transactions, may then show twice. A
 * statement that the server commits by itself, such as `create table`, breaks the transaction in two.
 *
 * ```ts import.meta.vitest
 * import * as MySql from "@millrace/sinks/MySql"
 *
 * const sink = MySql.transaction((sql, batch: { readonly items: ReadonlyArray<string> }) =>
 *   sql`update seen set words = words + ${batch.items.length}`
 * )
 * sink.commitClass // => "Transactional"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const transaction = <A, X, E, R>(
  write: (sql: SqlClient, batch: Batch.Batch<A>) => Effect.Effect<X, E, R>,
  options: MySqlOptions = {}
): BatchSink.BatchSink<A, Exclude<E, SqlError> | MySqlError, R | MySqlClient> =>
  transactional(options, [], (sql) => Effect.succeed((batch: Batch.Batch<A>) => write(sql, batch)))
