/** Names of tables and columns: checked, then quoted by the client, never pasted. */
const part = /^[^`\0.]{1,64}$/u

/** `"table"`, or `"database.table"`. */
export const isTableName = (name: string): boolean => {
  const parts = name.split(".")
  return parts.length <= 2 && parts.every((each) => part.test(each))
}

export const isColumnName = (name: string): boolean => part.test(name)

/** Database and table; without a database that of the connection. */
export const partsOf = (name: string): readonly [database: string | null, table: string] => {
  const [first = "", second] = name.split(".")
  return second === undefined ? [null, first] : [first, second]
}
