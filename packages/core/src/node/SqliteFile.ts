/** A database with the state of operators, each in a table of its own. */
import * as Effect from "effect/Effect"
import { closeSync, fsyncSync, openSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Operator } from "../store/OperatorState.ts"
import { type Reason, StateError } from "../store/StateError.ts"
import { makeDirectories } from "./makeDirectories.ts"
import { type Form, SqliteTable } from "./SqliteTable.ts"

/** The number of what is described here. */
const format = 1

/** Of SQLite: somebody else holds the lock. */
const busy = 5

/** The log is moved into the file when it has so many pages: pages that many batches write are then written once. */
const logPages = 16_384

export class SqliteFile {
  readonly path: string
  private readonly database: DatabaseSync
  /** By operator: who opened it last. */
  private readonly owners = new Map<number, symbol>()

  private constructor(path: string, database: DatabaseSync) {
    this.path = path
    this.database = database
  }

  static open(path: string, cacheMebibytes: number): Effect.Effect<SqliteFile, StateError> {
    return Effect.suspend(() => {
      let database: DatabaseSync | undefined = undefined
      try {
        if (path.trim() === "" || path === ":memory:" || path.includes("\0")) {
          throw new Error("it names no file, and what has none is gone with the process. Give one, such as state.db")
        }
        makeDirectories(dirname(path))
        database = new DatabaseSync(path)
        // The lock is the process's until the file is closed, so that no other one writes between two batches.
        database.exec("PRAGMA locking_mode = EXCLUSIVE")
        database.exec("PRAGMA journal_mode = WAL")
        database.exec("PRAGMA synchronous = NORMAL")
        database.exec(`PRAGMA wal_autocheckpoint = ${logPages}`)
        database.exec(`PRAGMA cache_size = ${-1024 * cacheMebibytes}`)
        const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"])
        if (found > format) {
          database.close()
          return Effect.fail(failed(path, undefined, { _tag: "FormatTooNew", found, known: format }))
        }
        database.exec(
          "CREATE TABLE IF NOT EXISTS operators (id INTEGER PRIMARY KEY, pipeline TEXT NOT NULL, operator TEXT NOT NULL, " +
            "form TEXT NOT NULL, batch INTEGER NOT NULL, size INTEGER NOT NULL, next INTEGER NOT NULL, " +
            "seeded INTEGER NOT NULL, UNIQUE (pipeline, operator))"
        )
        database.exec(`PRAGMA user_version = ${format}`)
        syncDirectory(dirname(path))
        return Effect.succeed(new SqliteFile(path, database))
      } catch (cause) {
        if (database?.isOpen === true) database.close()
        return Effect.fail(failed(path, undefined, reasonOf("opening it", cause)))
      }
    })
  }

  close(): void {
    this.database.close()
  }

  /** The table of an operator, for one run; who had it before has it no more. */
  claim(operator: Operator, form: Form): Effect.Effect<SqliteTable, StateError> {
    const { database, owners } = this
    const key = JSON.stringify([operator.pipeline, operator.operator])
    return Effect.suspend(() => {
      try {
        const row = rowOf(database, operator, form)
        if (row.form !== form) {
          return Effect.fail(failed(this.path, operator, { _tag: "OtherForm", found: words[row.form], wanted: words[form] }))
        }
        const owner = Symbol(key)
        owners.set(row.id, owner)
        const fail = (reason: Reason) => failed(this.path, operator, reason)
        return Effect.succeed(new SqliteTable(database, row, { fail, reasonOf, isOwned: () => owners.get(row.id) === owner }))
      } catch (cause) {
        return Effect.fail(failed(this.path, operator, reasonOf("opening it", cause)))
      }
    })
  }
}

const words: Record<Form, string> = { keys: "key by key", deltas: "as a whole" }

/** An operator that is new begins empty. */
const rowOf = (database: DatabaseSync, { operator, pipeline }: Operator, form: Form) => {
  database.prepare(
    "INSERT INTO operators (pipeline, operator, form, batch, size, next, seeded) VALUES (?, ?, ?, 0, 0, 1, 0) " +
      "ON CONFLICT DO NOTHING"
  ).run(pipeline, operator, form)
  const row = database.prepare("SELECT * FROM operators WHERE pipeline = ? AND operator = ?").get(pipeline, operator)
  const found: Form = row?.["form"] === "keys" ? "keys" : "deltas"
  return {
    id: Number(row?.["id"]),
    form: found,
    batch: Number(row?.["batch"]),
    size: Number(row?.["size"]),
    next: Number(row?.["next"]),
    seeded: row?.["seeded"] === 1
  }
}

const reasonOf = (operation: string, cause: unknown): Reason =>
  cause instanceof Error && "errcode" in cause && cause.errcode === busy
    ? { _tag: "StateInUse" }
    : { _tag: "StoreFailed", operation, cause }

const failed = (path: string, operator: Operator | undefined, reason: Reason): StateError =>
  new StateError({ pipeline: operator?.pipeline, operator: operator?.operator, path, reason })

/** The name of a new file is safe once its directory is. */
const syncDirectory = (directory: string): void => {
  const handle = openSync(directory, "r")
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
