/** Rows as the schema has them. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { InvalidRow, MySqlError } from "./MySqlError.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** Throws for a row that does not fit, and says where, never what. */
export const decoding = <A>(name: string, schema: Schema.ConstraintDecoder<A>): (row: unknown) => A => {
  const decode = Schema.decodeUnknownResult(schema)
  return (row) => {
    const result = decode(row)
    if (Result.isSuccess(result)) return result.success
    const places = format(result.failure.issue).issues.map(({ path = [] }) =>
      path.map((part) => String(typeof part === "object" ? part.key : part)).join("."))
    throw new MySqlError({ source: name, reason: new InvalidRow({ columns: [...new Set(places)].slice(0, 16) }) })
  }
}
