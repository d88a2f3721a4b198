/** Names of tables and columns: checked, then quoted by the client, never pasted. */
import type { SqlClient } from "effect/sql/SqlClient"

const part = /^[^"\0.]{1,63}$/u

/** What is wrong with the name of a table, with or without a schema before it. */
export const tableProblem = (name: string): string | undefined => {
  const parts = name.split(".")
  return parts.length <= 2 && parts.every((each) => part.test(each))
    ? undefined
    : `${JSON.stringify(name.slice(0, 80))} is no name of a table: "table" or "schema.table", each part 1 to 63 characters ` +
      "without quotes, dots and NUL"
}

export const columnProblem = (name: string): string | undefined =>
  part.test(name) ? undefined : `${JSON.stringify(name.slice(0, 80))} is no name of a column`

/** The client quotes each part, after it has transformed it where it was told to. */
export const identifier = (sql: SqlClient, name: string) => sql(name)

/** The name as it will stand in a statement. */
export const quoted = (sql: SqlClient, name: string): string => sql`${sql(name)}`.compile()[0]
