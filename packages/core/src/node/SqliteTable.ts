/** What an operator has in a database, and the transactions that change it. */
import * as Effect from "effect/Effect"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { Reason, StateError } from "../store/StateError.ts"

/** Key by key, or as deltas of the whole. */
export type Form = "keys" | "deltas"

/** An operator's row. */
export interface Row {
  readonly id: number
  readonly batch: number
  readonly size: number
  readonly next: number
  readonly seeded: boolean
}

interface Surroundings {
  readonly isOwned: () => boolean
  readonly fail: (reason: Reason) => StateError
  readonly reasonOf: (operation: string, cause: unknown) => Reason
}

export class SqliteTable {
  /** As the last transaction left it. */
  row: Row
  readonly name: string
  private readonly database: DatabaseSync
  private readonly around: Surroundings
  private readonly setRow: StatementSync

  constructor(database: DatabaseSync, row: Row, around: Surroundings) {
    this.database = database
    this.row = row
    this.around = around
    this.name = `operator_${row.id}`
    this.setRow = database.prepare("UPDATE operators SET batch = ?, size = ?, next = ?, seeded = ? WHERE id = ?")
  }

  execute(sql: string): void {
    this.database.exec(sql)
  }

  prepare(sql: string): StatementSync {
    return this.database.prepare(sql)
  }

  /** All that `change` does and the row that it gives, or nothing. */
  write(operation: string, change: () => Row): Effect.Effect<void, StateError> {
    const { around, database } = this
    return Effect.suspend(() => {
      if (!around.isOwned()) return Effect.fail(around.fail({ _tag: "StateTakenOver" }))
      try {
        database.exec("BEGIN IMMEDIATE")
        const row = change()
        this.setRow.run(row.batch, row.size, row.next, row.seeded ? 1 : 0, row.id)
        database.exec("COMMIT")
        this.row = row
        return Effect.void
      } catch (cause) {
        if (database.isOpen && database.isTransaction) database.exec("ROLLBACK")
        return Effect.fail(around.fail(around.reasonOf(operation, cause)))
      }
    })
  }

  read<A>(operation: string, read: () => A): Effect.Effect<A, StateError> {
    const { around } = this
    return Effect.suspend(() => {
      try {
        return Effect.succeed(read())
      } catch (cause) {
        return Effect.fail(around.fail(around.reasonOf(operation, cause)))
      }
    })
  }

  /** Moves the log into the file and syncs both. */
  get flush(): Effect.Effect<void, StateError> {
    return this.read("syncing it", () => this.database.exec("PRAGMA wal_checkpoint(TRUNCATE)"))
  }
}
