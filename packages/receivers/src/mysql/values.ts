/** Values as parameters. */
/** What the client can send for a parameter of a statement. */
export const parameterOf = (value: unknown): string | number | Buffer | null => {
  switch (typeof value) {
    case "string":
    case "number":
      return value
    case "bigint":
      return value.toString()
    case "boolean":
      return value ? 1 : 0
    case "object":
      if (value === null) return null
      if (value instanceof Date) return value.toISOString().slice(0, 23).replace("T", " ")
      return ArrayBuffer.isView(value)
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        : JSON.stringify(value)
    default:
      return null
  }
}
