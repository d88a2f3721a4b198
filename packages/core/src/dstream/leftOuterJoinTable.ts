import { dual } from "effect/Function"
import type * as Option from "effect/Option"
import type { Key } from "../batch/Key.ts"
import { optional } from "./joining.ts"
import type { DStream } from "./Node.ts"
import type { TableOrRows } from "./Table.ts"
import { looked } from "./tableJoining.ts"

/**
 * `joinTable` that keeps every pair: `[key, [value, Option of row]]`, `None` where the table does not have the key.
 *
 * Tables, order and costs as for `joinTable`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Option } from "effect"
 *
 * const names = new Map([[1, "north"], [2, "south"]])
 * const output = await Effect.runPromise(TestPipeline.run([[2, 3], []], (input) =>
 *   input.pipe(DStream.keyBy((n) => n), DStream.leftOuterJoinTable(names))))
 * output.map((batch) => batch.items) // => [[[2, [2, Option.some("south")]], [3, [3, Option.none()]]], []]
 * ```
 *
 * @category with tables
 * @since 0.1.0
 */
export const leftOuterJoinTable: {
  <K2, W, E2 = never, R2 = never>(
    table: TableOrRows<K2, W, E2, R2>
  ): <K extends Key & K2, V, E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, readonly [V, Option.Option<W>]], E | E2, R | R2>
  <K extends Key & K2, V, E, R, K2, W, E2 = never, R2 = never>(
    self: DStream<readonly [K, V], E, R>,
    table: TableOrRows<K2, W, E2, R2>
  ): DStream<readonly [K, readonly [V, Option.Option<W>]], E | E2, R | R2>
} = dual(2, looked("leftOuterJoinTable", optional))
