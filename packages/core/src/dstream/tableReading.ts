/** A loaded table in one run: what its batches are given, and when it is loaded again. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import { Rows } from "../kernel/Rows.ts"
import { effectOf } from "./effectOf.ts"

export interface Load {
  readonly name: string
  readonly load: Effect.Effect<Iterable<readonly [unknown, unknown]>, unknown, unknown>
  readonly refresh: "never" | "batch" | Schedule.Schedule<unknown, unknown>
  readonly maxFailures: number
}

interface Reading {
  rows: Rows | undefined
  /** Refreshes in a row that failed, and the last of their causes. */
  failures: number
  cause: Cause.Cause<unknown>
}

/** The rows for each batch, as a batch of one item. */
export const reading = (table: Load): () => Effect.Effect<ReadonlyArray<Rows>, unknown, unknown> => {
  const self: Reading = { rows: undefined, failures: 0, cause: Cause.empty }
  const { refresh } = table
  const first = refresh === "never" || refresh === "batch"
    ? load(self, table)
    // In the scope of the run, in which all batches are processed.
    : Effect.tap(load(self, table), () =>
      Effect.forkScoped(Effect.schedule(again(self, table), refresh), { startImmediately: true }))
  const rows = Effect.suspend(() =>
    self.failures > table.maxFailures || self.rows === undefined
      ? Effect.failCause(self.cause)
      : Effect.succeed([self.rows])
  )
  const next = refresh === "batch" ? Effect.andThen(again(self, table), rows) : rows
  return () => self.rows === undefined ? Effect.andThen(first, rows) : next
}

const load = (self: Reading, table: Load): Effect.Effect<void, unknown, unknown> =>
  Effect.map(Effect.suspend(() => effectOf(table.load)), (pairs) => {
    self.rows = new Rows(pairs)
    self.failures = 0
  })

/** Never fails: a refresh that does is counted. */
const again = (self: Reading, table: Load): Effect.Effect<void, never, unknown> =>
  Effect.catchCause(load(self, table), (cause) => {
    self.failures++
    self.cause = cause
    return Effect.logWarning(
      `Table ${JSON.stringify(table.name)} could not be refreshed, ${self.failures} in a row ` +
        `(${table.maxFailures} are let pass); its last rows stay`,
      cause
    )
  })
