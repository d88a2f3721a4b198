/** Rows as a stream of blocks that is read as it is pulled, and as what a range of positions held. */
import type { Receiver } from "@millrace/core"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { SqlClient } from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { type Ask, asking } from "./ask.ts"
import { bounding } from "./bound.ts"
import { invalidRows } from "./checked.ts"
import { type Column, isLast } from "./Cursor.ts"
import { inspect } from "./inspect.ts"
import { makeTally } from "./metrics.ts"
import type { Row, RowsOptions } from "./Options.ts"
import { paging } from "./page.ts"
import type { Position } from "./Position.ts"
import { InvalidCursor, PostgresError, RowsChanged } from "./PostgresError.ts"
import { waking } from "./wake.ts"

type Block = Receiver.Block<Row, Position>

interface Opened {
  readonly sql: SqlClient
  readonly ask: Ask
  readonly columns: ReadonlyArray<Column>
}

const open = (options: RowsOptions<unknown>): Effect.Effect<Opened, PostgresError, SqlClient> =>
  Effect.gen(function*() {
    const { name, timeout } = options
    const invalid = invalidRows(options)
    if (invalid !== undefined) return yield* new PostgresError({ source: name, reason: invalid })
    const sql = (yield* SqlClient).withoutTransforms()
    const ask = asking(name, timeout)
    return { sql, ask, columns: yield* inspect(sql, ask, options) }
  })

/** Gives what comes after a position, and waits for more. */
export const read = (
  options: RowsOptions<unknown>,
  resumeAfter: Option.Option<Position>
): Effect.Effect<Stream.Stream<Block, PostgresError>, PostgresError, SqlClient | Scope.Scope> =>
  Effect.gen(function*() {
    const { ask, columns, sql } = yield* open(options)
    const tally = makeTally(options.name, yield* Effect.context())
    const pause = yield* waking(sql, options, tally)
    const newBound = bounding(sql, ask, options, columns, tally)
    const page = paging(sql, ask, options, columns)
    let position = Option.getOrUndefined(resumeAfter)
    let bound: ReadonlyArray<string> | undefined = undefined
    let isEnd = false
    const next: Effect.Effect<Block | undefined, PostgresError> = Effect.gen(function*() {
      for (;;) {
        if (bound === undefined) {
          const found = isEnd ? undefined : yield* newBound(position?.cursor)
          if (found === undefined && options.follow === false) return undefined
          if (found === undefined) {
            yield* pause
            continue
          }
          bound = yield* passable(options, columns, found)
          isEnd = options.follow === false
        }
        const { bytes, cursor, isWhole, rows } = yield* page(position?.cursor, bound)
        if (isWhole) bound = undefined
        if (cursor === undefined) continue
        position = { cursor, rows: (position?.rows ?? 0) + rows.length }
        return { payload: rows, records: rows.length, bytes, resumeAfter: position }
      }
    })
    return Stream.fromPull(Effect.succeed(
      Effect.flatMap(next, (block) => block === undefined ? Cause.done() : Effect.succeed(Arr.of(block)))
    ))
  })

/** Up to a value that something can come after. */
const passable = (
  { name }: RowsOptions<unknown>,
  columns: ReadonlyArray<Column>,
  cursor: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, PostgresError> => {
  const bad = columns.find((column, index) => isLast(column, cursor[index]))
  return bad === undefined ? Effect.succeed(cursor) : Effect.fail(new PostgresError({
    source: name,
    reason: new InvalidCursor({ column: bad.name, problem: "has an infinite value or NaN, after which nothing could come" })
  }))
}

/** Reads again what lies between two positions, and is sure that it is the same number of rows. */
export const reread = (
  options: RowsOptions<unknown>,
  { after, until }: Receiver.Range<Position>
): Effect.Effect<ReadonlyArray<Row>, PostgresError, SqlClient> =>
  Effect.gen(function*() {
    const { ask, columns, sql } = yield* open(options)
    const page = paging(sql, ask, options, columns)
    const payload: Array<Row> = []
    let position = Option.getOrUndefined(after)?.cursor
    const expected = until.rows - (Option.getOrUndefined(after)?.rows ?? 0)
    for (let isWhole = false; !isWhole && payload.length <= expected;) {
      const found = yield* page(position, until.cursor)
      for (const row of found.rows) payload.push(row)
      isWhole = found.isWhole
      position = found.cursor ?? position
    }
    if (payload.length === expected) return payload
    return yield* new PostgresError({ source: options.name, reason: new RowsChanged({ expected, found: payload.length }) })
  })
