import { dual } from "effect/Function"
import type { Key } from "../batch/Key.ts"
import type { DStream } from "./Node.ts"
import type { TableOrRows } from "./Table.ts"
import { looked } from "./tableJoining.ts"

/**
 * Every pair with every row that a table has for its key: `[key, [value, row]]`. Pairs whose key it does not have give
 * nothing. What Spark does in `transform`, with a data set that is there beside the stream.
 *
 * The table is a `Map`, an iterable of pairs (a key may have several), or a `Table`, which is loaded once per run, before
 * every batch, or on a schedule. Pairs keep their order. Where keys are encoded the table holds the structural keys, and
 * finds them by the stream's `encode`. Costs one look-up per pair, and one pass over the table for each load.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const names = new Map([[1, "north"], [2, "south"]])
 * const output = await Effect.runPromise(TestPipeline.run([[2, 1, 3], []], (input) =>
 *   input.pipe(DStream.keyBy((n) => n), DStream.mapValues((n) => n * 10), DStream.joinTable(names))))
 * output.map((batch) => batch.items) // => [[[2, [20, "south"]], [1, [10, "north"]]], []]
 * ```
 *
 * @category with tables
 * @since 0.1.0
 */
export const joinTable: {
  <K2, W, E2 = never, R2 = never>(
    table: TableOrRows<K2, W, E2, R2>
  ): <K extends Key & K2, V, E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, readonly [V, W]], E | E2, R | R2>
  <K extends Key & K2, V, E, R, K2, W, E2 = never, R2 = never>(
    self: DStream<readonly [K, V], E, R>,
    table: TableOrRows<K2, W, E2, R2>
  ): DStream<readonly [K, readonly [V, W]], E | E2, R | R2>
} = dual(2, looked("joinTable", undefined))
