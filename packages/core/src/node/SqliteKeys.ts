/** What an operator remembers key by key: a row each. */
import type * as Effect from "effect/Effect"
import type { SQLOutputValue, StatementSync } from "node:sqlite"
import { isSeeded, restOf, timeAt } from "../store/keyedDelta.ts"
import type { Delta, OperatorState, StoredKey, StoredKeys } from "../store/OperatorState.ts"
import type { StateError } from "../store/StateError.ts"
import type { Row, SqliteTable } from "./SqliteTable.ts"

/**
 * A row's number is the age of its key, and an index finds it by name. The index by time is made when somebody first
 * asks by time: it would make every update dearer.
 */
export class SqliteKeys implements OperatorState {
  readonly keys: StoredKeys
  private readonly table: SqliteTable
  private readonly insert: StatementSync
  private readonly update: StatementSync
  private readonly remove: StatementSync

  constructor(table: SqliteTable, maxLiveKeys: number) {
    const { name } = table
    this.table = table
    table.execute(
      `CREATE TABLE IF NOT EXISTS ${name} (serial INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, at NUMERIC NOT NULL, ` +
        "value TEXT NOT NULL, key TEXT)"
    )
    this.insert = table.prepare(`INSERT INTO ${name} (serial, name, at, value, key) VALUES (?, ?, ?, ?, ?)`)
    this.update = table.prepare(`UPDATE ${name} SET at = ?, value = ?, key = ? WHERE name = ?`)
    this.remove = table.prepare(`DELETE FROM ${name} WHERE name = ?`)
    this.keys = readsOf(table, maxLiveKeys)
  }

  get appliedBatch(): number {
    return this.table.row.batch
  }

  get load(): Effect.Effect<ReadonlyArray<Delta>, StateError> {
    const { table } = this
    return table.read("reading it", () => {
      if (table.row.batch === 0) return []
      const rows = table.prepare(`SELECT * FROM ${table.name} ORDER BY serial`).all().map(keyOf)
      const keys = rows.map(({ key }) => key)
      return [{
        removed: [],
        names: rows.map(({ name }) => name),
        values: rows.map(({ value }) => value),
        rest: {
          at: rows.map(({ at }) => at),
          ...(keys.some((key) => key !== undefined) ? { keys } : {}),
          ...(table.row.seeded ? { seeded: true } : {})
        }
      }]
    })
  }

  apply(batch: number, delta: Delta): Effect.Effect<void, StateError> {
    const { table } = this
    return table.write(`batch ${batch}`, () => batch <= table.row.batch ? table.row : this.take(batch, delta, table.row))
  }

  save(batch: number, snapshot: Delta): Effect.Effect<void, StateError> {
    const { table } = this
    return table.write(`a snapshot after batch ${batch}`, () => {
      table.execute(`DELETE FROM ${table.name}`)
      return this.take(batch, snapshot, { ...table.row, size: 0, next: 1, seeded: false })
    })
  }

  isSaveDue(): boolean {
    return false
  }

  get flush(): Effect.Effect<void, StateError> {
    return this.table.flush
  }

  private take(batch: number, delta: Delta, row: Row): Row {
    const rest = restOf(delta)
    let { next, size } = row
    for (const name of delta.removed) size -= Number(this.remove.run(JSON.stringify(name)).changes)
    const names = delta.names.map((name) => JSON.stringify(name))
    const values = delta.values.map((value) => JSON.stringify(value))
    const keyAt = (index: number) => rest.keys === undefined ? null : JSON.stringify(rest.keys[index])
    // In the order of the index: pages that a batch writes to are met once.
    const order = Array.from(names.keys()).sort((left, right) => names[left]! < names[right]! ? -1 : 1)
    const fresh = order.filter((index) =>
      this.update.run(timeAt(rest, index), values[index]!, keyAt(index), names[index]!).changes === 0
    )
    const serials = new Map([...fresh].sort((left, right) => left - right).map((index) => [index, next++]))
    for (const index of fresh) {
      this.insert.run(serials.get(index)!, names[index]!, timeAt(rest, index), values[index]!, keyAt(index))
    }
    return { ...row, batch, next, size: size + fresh.length, seeded: row.seeded || isSeeded(delta) }
  }
}

const readsOf = (table: SqliteTable, maxLiveKeys: number): StoredKeys => {
  const { name } = table
  const get = table.prepare(`SELECT * FROM ${name} WHERE name = ?`)
  const byAge = table.prepare(`SELECT * FROM ${name} WHERE serial > ? ORDER BY serial LIMIT ?`)
  let byTime: StatementSync | undefined = undefined
  const indexed = (): StatementSync => {
    table.execute(`CREATE INDEX IF NOT EXISTS ${name}_by_time ON ${name} (at, serial)`)
    return table.prepare(
      `SELECT * FROM ${name} WHERE (at, serial) > (?, ?) AND at < ? ORDER BY at, serial LIMIT ?`
    )
  }
  return {
    maxLiveKeys,
    status: () => table.row,
    get: (name) => {
      const row = get.get(JSON.stringify(name))
      return row === undefined ? undefined : keyOf(row)
    },
    oldest: (after, before, limit) => {
      byTime ??= indexed()
      return byTime.all(after?.at ?? -Infinity, after?.serial ?? 0, before, limit).map(keyOf)
    },
    byAge: (after, limit) => byAge.all(after, limit).map(keyOf)
  }
}

const keyOf = ({ at, key, name, serial, value }: Record<string, SQLOutputValue>): StoredKey => ({
  name: JSON.parse(String(name)),
  value: JSON.parse(String(value)),
  ...(key === null ? {} : { key: JSON.parse(String(key)) }),
  at: Number(at),
  serial: Number(serial)
})
