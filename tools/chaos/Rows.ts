/** A sink with transactions: rows, and the batch that they are of, in SQLite. */
import { BatchSink } from "@millrace/core"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { DatabaseSync, type SQLInputValue } from "node:sqlite"

/** Why a batch was not taken. `Fenced`: a newer start has opened the sink. */
export class RowsError extends Data.TaggedError("RowsError")<{
  readonly reason: "Fenced" | "Failed"
  readonly cause?: unknown
}> {
  get isRetryable(): boolean {
    return this.reason === "Failed"
  }
  override get message(): string {
    return this.reason === "Fenced" ? "a newer start writes these rows" : `SQLite failed: ${String(this.cause)}`
  }
}

// Who sleeps in the middle of a transaction holds the others up until it is woken.
const schema = `
  PRAGMA busy_timeout = 20000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS rows (output TEXT NOT NULL, batch INTEGER NOT NULL, line TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS newest (
    output TEXT PRIMARY KEY, epoch INTEGER NOT NULL, batch INTEGER NOT NULL
  );
`

const attempt = <A>(work: () => A): Effect.Effect<A, RowsError> =>
  Effect.try({
    try: work,
    catch: (cause) => cause instanceof RowsError ? cause : new RowsError({ reason: "Failed", cause })
  })

const opened = (path: string) =>
  Effect.acquireRelease(
    attempt(() => {
      const database = new DatabaseSync(path)
      database.exec(schema)
      return database
    }),
    (database) => Effect.sync(() => database.close())
  )

/** All of it happens, or nothing. */
const transaction = <A>(database: DatabaseSync, work: () => A): A => {
  database.exec("BEGIN IMMEDIATE")
  try {
    const result = work()
    database.exec("COMMIT")
    return result
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw error
  }
}

/** One row for each item, which `toLine` makes a line. */
export const rows = <A>(path: string, toLine: (item: A) => string): BatchSink.BatchSink<A, RowsError> =>
  BatchSink.fromOpen({
    commitClass: "Transactional",
    open: Effect.fnUntraced(function*({ epoch, output }) {
      const database = yield* opened(path)
      const statement = (text: string) => {
        const prepared = database.prepare(text)
        return (...values: ReadonlyArray<SQLInputValue>) => prepared.all(...values)
      }
      const newest = statement("SELECT epoch, batch FROM newest WHERE output = ?")
      const claim = statement(
        "INSERT INTO newest VALUES (?, ?, 0) ON CONFLICT (output) DO UPDATE SET epoch = excluded.epoch"
      )
      const advance = statement("UPDATE newest SET batch = ? WHERE output = ?")
      const insert = statement("INSERT INTO rows VALUES (?, ?, ?)")
      const stand = () => {
        const [row] = newest(output)
        if (Number(row?.["epoch"] ?? 0) > epoch) throw new RowsError({ reason: "Fenced" })
        return Number(row?.["batch"] ?? 0)
      }
      yield* attempt(() =>
        transaction(database, () => {
          stand()
          claim(output, epoch)
        })
      )
      return {
        lastCommitted: attempt(() => {
          const batch = stand()
          return batch === 0 ? Option.none() : Option.some(batch)
        }),
        commit: ({ id, items }) =>
          attempt(() =>
            transaction(database, () => {
              if (stand() >= id) return
              for (const item of items) insert(output, id, toLine(item))
              advance(id, output)
            })
          )
      }
    })
  })
