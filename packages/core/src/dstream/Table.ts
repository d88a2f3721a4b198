/**
 * What batches are looked up in: pairs that are there beside the stream, fixed or loaded.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { hasProperty } from "effect/Predicate"
import type * as Schedule from "effect/Schedule"
import type * as Types from "effect/Types"
import { Rows } from "../kernel/Rows.ts"
import type { OptionProblem } from "./Node.ts"
import { type Load, reading } from "./tableReading.ts"

export const TypeId = "~@millrace/core/Table"

/**
 * A table for `joinTable` and `leftOuterJoinTable`: rows are pairs, and a key may have several. `E` and `R` are those of
 * loading it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Table<out K, out V, out E = never, out R = never> {
  readonly [TypeId]: {
    readonly _K: Types.Covariant<K>
    readonly _V: Types.Covariant<V>
    readonly _E: Types.Covariant<E>
    readonly _R: Types.Covariant<R>
  }
  readonly source: Source
}

/**
 * A table, or its rows: a `Map` or another iterable of pairs.
 *
 * @category models
 * @since 0.1.0
 */
export type TableOrRows<K, V, E, R> = Table<K, V, E, R> | Iterable<readonly [K, V]>

/** How a run comes by the rows. `read` is called once per run and join, what it gives once per batch. */
export type Source =
  | { readonly _tag: "Fixed"; readonly rows: Rows }
  | {
    readonly _tag: "Loaded"
    readonly name: string
    readonly read: () => () => Effect.Effect<ReadonlyArray<Rows>, unknown, unknown>
    readonly problems: ReadonlyArray<OptionProblem>
  }

/**
 * How a table is loaded.
 *
 * @category options
 * @since 0.1.0
 */
export interface LoadOptions<K, V, E, R> {
  /** What warnings and plans call it. */
  readonly name: string
  /** Gives all rows. Run for every refresh; each join that reads the table runs its own. */
  readonly load: Effect.Effect<Iterable<readonly [K, V]>, E, R>
  /**
   * When it is loaded again after the first batch. `"never"`, the default: one load per run. `"batch"`: before every
   * batch, which waits for it. A schedule: in the background, after each of its delays; a batch takes the newest rows
   * that are there, and waits for none.
   */
  readonly refresh?: "never" | "batch" | Schedule.Schedule<unknown, unknown> | undefined
  /**
   * How many refreshes in a row may fail before the next batch fails. Until then the last rows stay and a warning is
   * logged. Defaults to 10; `Infinity`: never.
   */
  readonly maxFailures?: number | undefined
}

const variance = { _K: (_: never) => _, _V: (_: never) => _, _E: (_: never) => _, _R: (_: never) => _ }

/**
 * A table of these rows: a `Map`, or any iterable of pairs, read once, now.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <K, V>(rows: Iterable<readonly [K, V]>): Table<K, V> => ({
  [TypeId]: variance,
  source: { _tag: "Fixed", rows: new Rows(rows) }
})

/**
 * A table that an effect loads: once per run, before every batch, or on a schedule. The first load happens in the first
 * batch, and fails it where it fails: retry inside of the effect where that is wanted.
 *
 * ```ts import.meta.vitest
 * import { DStream, Table } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schedule } from "effect"
 *
 * let version = 0
 * const prices = Table.load({
 *   name: "prices",
 *   load: Effect.sync(() => new Map([["tea", ++version]])),
 *   refresh: Schedule.spaced("1500 millis")
 * })
 * const output = await Effect.runPromise(TestPipeline.run([["tea"], ["tea"], ["rye", "tea"]], (input) =>
 *   input.pipe(DStream.map((item) => [item, "sold"]), DStream.joinTable(prices))))
 * output.map((batch) => batch.items) // => [[["tea", ["sold", 1]]], [["tea", ["sold", 1]]], [["tea", ["sold", 2]]]]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const load = <K, V, E, R>(options: LoadOptions<K, V, E, R>): Table<K, V, E, R> => {
  const loading: Load = {
    name: options.name,
    load: options.load,
    refresh: options.refresh ?? "never",
    maxFailures: options.maxFailures ?? 10
  }
  return {
    [TypeId]: variance,
    source: { _tag: "Loaded", name: options.name, read: () => reading(loading), problems: problemsOf(loading) }
  }
}

/**
 * Whether a value is a table.
 *
 * @category guards
 * @since 0.1.0
 */
export const isTable = (u: unknown): u is Table<unknown, unknown, unknown, unknown> => hasProperty(u, TypeId)

const problemsOf = ({ maxFailures }: Load): ReadonlyArray<OptionProblem> =>
  maxFailures === Infinity || (Number.isSafeInteger(maxFailures) && maxFailures >= 0)
    ? []
    : [{ option: "maxFailures", problem: `${String(maxFailures)} is neither a whole number from 0 nor Infinity` }]
