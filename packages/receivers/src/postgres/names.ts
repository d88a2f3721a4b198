/** Names of tables and columns: checked, then quoted by the client, never pasted. */
const part = /^[^"\0.]{1,63}$/u

/** `"table"`, or `"schema.table"`. */
export const isTableName = (name: string): boolean => {
  const parts = name.split(".")
  return parts.length <= 2 && parts.every((each) => part.test(each))
}

export const isColumnName = (name: string): boolean => part.test(name)
