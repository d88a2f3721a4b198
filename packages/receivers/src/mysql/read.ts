/** Rows as a stream of blocks that is read as it is pulled, and as what a range of positions held. */
import type { Receiver } from "@millrace/core"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { type Ask, asking } from "./ask.ts"
import { invalidRows } from "./checked.ts"
import type { Column } from "./Cursor.ts"
import { inspect } from "./inspect.ts"
import { makeTally } from "./metrics.ts"
import type { Row, RowsOptions } from "./Options.ts"
import { newestAfter, paging } from "./page.ts"
import type { Position } from "./Position.ts"
import { MySqlClient } from "./MySqlClient.ts"
import { MySqlError, RowsChanged } from "./MySqlError.ts"

const pollDefault = "1 second"

type Block = Receiver.Block<Row, Position>

interface Opened {
  readonly sql: SqlClient
  readonly ask: Ask
  readonly columns: ReadonlyArray<Column>
}

const open = (options: RowsOptions<unknown>): Effect.Effect<Opened, MySqlError, MySqlClient> =>
  Effect.gen(function*() {
    const { name, timeout } = options
    const invalid = invalidRows(options)
    if (invalid !== undefined) return yield* new MySqlError({ source: name, reason: invalid })
    const sql = yield* MySqlClient
    const ask = asking(name, timeout)
    return { sql, ask, columns: yield* inspect(sql, ask, options) }
  })

/** Gives what comes after a position, and waits for more. */
export const read = (
  options: RowsOptions<unknown>,
  resumeAfter: Option.Option<Position>
): Effect.Effect<Stream.Stream<Block, MySqlError>, MySqlError, MySqlClient | Scope.Scope> =>
  Effect.gen(function*() {
    const { ask, columns, sql } = yield* open(options)
    const tally = makeTally(options.name, yield* Effect.context())
    const pause = Effect.sleep(Duration.fromInputUnsafe(options.pollInterval ?? pollDefault))
    const lag = Effect.sleep(Duration.fromInputUnsafe(options.lag))
    const newest = newestAfter(sql, ask, options, columns)
    const page = paging(sql, ask, options, columns)
    let position = Option.getOrUndefined(resumeAfter)
    let bound: ReadonlyArray<string> | undefined = undefined
    let isLast = false
    const next: Effect.Effect<Block | undefined, MySqlError> = Effect.gen(function*() {
      for (;;) {
        if (bound === undefined) {
          tally.polled()
          const found = isLast ? undefined : yield* newest(position?.cursor)
          if (found === undefined && options.follow === false) return undefined
          if (found === undefined) {
            yield* pause
            continue
          }
          // Whoever took an earlier place has this long to commit.
          yield* lag
          bound = found
          isLast = options.follow === false
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

/** Reads again what lies between two positions, and is sure that it is the same number of rows. */
export const reread = (
  options: RowsOptions<unknown>,
  { after, until }: Receiver.Range<Position>
): Effect.Effect<ReadonlyArray<Row>, MySqlError, MySqlClient> =>
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
    return yield* new MySqlError({ source: options.name, reason: new RowsChanged({ expected, found: payload.length }) })
  })
