/** The unique indexes of a table, each of which the server looks at when a row is to replace another. */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { partsOf } from "./names.ts"

/** The columns of an index, and whether the server makes up the value of one that a row leaves out. */
export interface Unique {
  readonly name: string
  readonly columns: ReadonlyMap<string, boolean>
}

/** A row that leaves such a column out has a value there that no other has, or null, which is like nothing. */
export const uniquesOf = (sql: SqlClient, table: string): Effect.Effect<ReadonlyArray<Unique>, SqlError> => {
  const [database, name] = partsOf(table)
  return Effect.map(
    sql<{ readonly index: string; readonly part: string; readonly fresh: string | number }>`
      select s.index_name as ${sql("index")}, s.column_name as part,
        (c.extra like '%auto_increment%' or (c.is_nullable = 'YES' and coalesce(c.column_default, 'NULL') = 'NULL')) as fresh
      from information_schema.statistics s join information_schema.columns c
        on c.table_schema = s.table_schema and c.table_name = s.table_name and c.column_name = s.column_name
      where s.table_schema = coalesce(${database ?? null}, database()) and s.table_name = ${name} and s.non_unique = 0`,
    (found) => {
      const indexes = new Map<string, Map<string, boolean>>()
      for (const { fresh, index, part } of found) {
        const columns = indexes.get(index) ?? new Map<string, boolean>()
        indexes.set(index, columns.set(part, Number(fresh) === 1))
      }
      return [...indexes].map(([name, columns]) => ({ name, columns }))
    }
  )
}

/** Why a row might replace another than that of its key, for rows of these columns. */
export const replacingProblem = (
  uniques: ReadonlyArray<Unique>,
  key: ReadonlyArray<string>,
  names: ReadonlyArray<string>
): string | undefined => {
  const isKey = ({ columns }: Unique) => columns.size === key.length && key.every((column) => columns.has(column))
  if (!uniques.some(isKey)) return `there is no unique index on ${key.map((name) => JSON.stringify(name)).join(", ")} alone`
  const other = uniques.find((unique) =>
    !isKey(unique) && ![...unique.columns].some(([column, isFresh]) => isFresh && !names.includes(column)))
  return other === undefined
    ? undefined
    : `the table has another unique index, ${JSON.stringify(other.name)}, by which a row could replace one of another key`
}
