/** Names of tables and columns: checked, then quoted, never pasted. */
const part = /^[^`\0.]{1,64}$/u

/** What is wrong with the name of a table, with or without a database before it. */
export const tableProblem = (name: string): string | undefined => {
  const parts = name.split(".")
  return parts.length <= 2 && parts.every((each) => part.test(each))
    ? undefined
    : `${JSON.stringify(name.slice(0, 80))} is no name of a table: "table" or "database.table", each part 1 to 64 characters ` +
      "without backquotes, dots and NUL"
}

export const columnProblem = (name: string): string | undefined =>
  part.test(name) ? undefined : `${JSON.stringify(name.slice(0, 80))} is no name of a column`

export const quoted = (name: string): string => name.split(".").map((each) => `\`${each}\``).join(".")

/** Database and table; without a database that of the connection. */
export const partsOf = (name: string): readonly [database: string | undefined, table: string] => {
  const parts = name.split(".")
  return parts.length === 2 ? [parts[0], parts[1] ?? ""] : [undefined, name]
}
