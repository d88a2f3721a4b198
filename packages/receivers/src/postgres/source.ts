/** A table or query as a statement has it. */
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { From } from "./Options.ts"

/** The options have been looked at: there is one of the two. */
export const sourceOf = (sql: SqlClient, { query, table = "" }: From): Fragment =>
  query === undefined
    ? sql`${sql(table)}`
    : sql`(${typeof query === "string" ? sql.literal(query) : query(sql)})`

/** As the server reads the name of a table from text. */
export const quoted = (table: string): string => table.split(".").map((part) => `"${part}"`).join(".")
