/** What an operator remembers as a whole: a snapshot, and what batches changed since. */
import type * as Effect from "effect/Effect"
import type { StatementSync } from "node:sqlite"
import type { Delta, OperatorState } from "../store/OperatorState.ts"
import { readDelta } from "../store/readDelta.ts"
import type { StateError } from "../store/StateError.ts"
import type { SqliteTable } from "./SqliteTable.ts"

/** So much text is worth a snapshot, and so much as the last one was. */
const fewCharacters = 4 * 1024 * 1024

export class SqliteDeltas implements OperatorState {
  readonly keys = undefined
  private readonly table: SqliteTable
  private readonly insert: StatementSync
  private first: number
  private since: number

  constructor(table: SqliteTable) {
    this.table = table
    table.execute(`CREATE TABLE IF NOT EXISTS ${table.name} (position INTEGER PRIMARY KEY, delta TEXT NOT NULL)`)
    this.insert = table.prepare(`INSERT INTO ${table.name} (delta) VALUES (?)`)
    const lengths = table.prepare(`SELECT length(delta) AS length FROM ${table.name} ORDER BY position`).all()
    const [first = 0, ...others] = lengths.map(({ length }) => Number(length))
    this.first = first
    this.since = others.reduce((sum, length) => sum + length, 0)
  }

  get appliedBatch(): number {
    return this.table.row.batch
  }

  get load(): Effect.Effect<ReadonlyArray<Delta>, StateError> {
    const { table } = this
    return table.read("reading it", () =>
      table.prepare(`SELECT delta FROM ${table.name} ORDER BY position`).all().map(({ delta }) => readDelta(JSON.parse(String(delta)))))
  }

  apply(batch: number, delta: Delta): Effect.Effect<void, StateError> {
    return this.table.write(`batch ${batch}`, () => {
      const { row } = this.table
      if (batch <= row.batch) return row
      if (delta.names.length === 0 && delta.removed.length === 0 && delta.rest === undefined) return { ...row, batch }
      const text = JSON.stringify(delta)
      this.insert.run(text)
      this.since += text.length
      return { ...row, batch }
    })
  }

  save(batch: number, snapshot: Delta): Effect.Effect<void, StateError> {
    return this.table.write(`a snapshot after batch ${batch}`, () => {
      const text = JSON.stringify(snapshot)
      this.table.execute(`DELETE FROM ${this.table.name}`)
      this.insert.run(text)
      this.first = text.length
      this.since = 0
      return { ...this.table.row, batch }
    })
  }

  isSaveDue(): boolean {
    return this.since > Math.max(fewCharacters, this.first)
  }

  get flush(): Effect.Effect<void, StateError> {
    return this.table.flush
  }
}
