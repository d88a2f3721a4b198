/** Looks at options before anything is asked of the server. */
import * as Duration from "effect/Duration"
import { isColumnName, isTableName } from "./names.ts"
import type { From, RowsOptions } from "./Options.ts"
import { InvalidOption } from "./PostgresError.ts"

type Check = readonly [option: string, isGood: boolean, expected: string]

const pageSizeMax = 100_000

const isDuration = (value: Duration.Input | undefined, least: number): boolean => {
  if (value === undefined) return true
  const millis = Duration.toMillis(Duration.fromInputUnsafe(value))
  return millis >= least && millis < Infinity
}

const firstWrong = (checks: ReadonlyArray<Check>): InvalidOption | undefined => {
  const wrong = checks.find(([_, isGood]) => !isGood)
  return wrong === undefined ? undefined : new InvalidOption({ option: wrong[0], expected: wrong[2] })
}

const tableName = "\"table\" or \"schema.table\", each part 1 to 63 characters without quotes, dots and NUL"

const fromChecks = ({ query, table }: From): ReadonlyArray<Check> => [
  ["table", (table === undefined) !== (query === undefined), "given, or query in its place, and not both"],
  ["table", table === undefined || isTableName(table), tableName],
  ["query", typeof query !== "string" || query.trim() !== "", "a select"]
]

export const cursorOf = ({ cursor }: Pick<RowsOptions, "cursor">): ReadonlyArray<string> =>
  typeof cursor === "string" ? [cursor] : cursor

/** What is wrong with the options of `rows`, the first thing of it. */
export const invalidRows = (options: RowsOptions<unknown>): InvalidOption | undefined => {
  const { lag, notify, pageSize = 1, pollInterval, query, timeout, writers } = options
  const cursor = cursorOf(options)
  return firstWrong([
    ...fromChecks(options),
    ["cursor", cursor.length > 0 && new Set(cursor).size === cursor.length && cursor.every(isColumnName), "names of columns"],
    ["pageSize", Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= pageSizeMax, `a whole number from 1 to ${pageSizeMax}`],
    ["pollInterval", isDuration(pollInterval, 1), "1 ms or more"],
    ["lag", isDuration(lag, 0), "a duration that ends"],
    ["timeout", isDuration(timeout, 1), "1 ms or more"],
    ["notify", notify === undefined || /^[^\0]{1,63}$/.test(notify), "the name of a channel, 1 to 63 characters"],
    ["writers", writers === undefined || writers.every(isTableName), `names of tables: ${tableName}`],
    ["writers", query === undefined || lag !== undefined || (writers?.length ?? 0) > 0,
      "given with a query, or lag: rows that a slow transaction commits late would be passed over"]
  ])
}

/** What is wrong with the options of `table`, the first thing of it. */
export const invalidTable = (
  options: From & { readonly maxRows?: number | undefined; readonly timeout?: Duration.Input | undefined }
): InvalidOption | undefined =>
  firstWrong([
    ...fromChecks(options),
    ["maxRows", Number.isInteger(options.maxRows ?? 0) && (options.maxRows ?? 0) >= 0, "a whole number"],
    ["timeout", isDuration(options.timeout, 1), "1 ms or more"]
  ])
