/** Comma-separated values. */
import { Decoder } from "@millrace/core"
import { firstWrong, isCount } from "./checked.ts"
import { loadCsv, type ParseRows } from "./csvRows.ts"
import type { Format, Place } from "./Format.ts"
import { decoderOf } from "./jsonLines.ts"
import type { CsvOptions } from "./Options.ts"
import { type Decoded, RecordFramer } from "./RecordFramer.ts"

/**
 * CSV as RFC 4180 has it, by the package `csv-parse`, which has to be installed. The first row of each file has the names
 * of the columns, and a record is an object of its fields, as `schema` reads it. A quoted field may hold newlines; blank
 * lines are no records. What is not UTF-8, has quotes that do not match, more or fewer fields than the header, or values
 * that the schema refuses ends the reading with `InvalidRecord`, or is passed over by `onInvalid: "skip"`. After a quote
 * that is never closed everything up to the next one counts as quoted.
 *
 * ```ts import.meta.vitest
 * import * as Files from "@millrace/receivers/Files"
 * import { Schema } from "effect"
 *
 * const Order = Schema.Struct({ article: Schema.String, pieces: Schema.FiniteFromString })
 * const orders = Files.watch({ name: "orders", path: "inbox", format: Files.csv({ schema: Order, delimiter: ";" }) })
 * orders.delivery // => "Replayable"
 * ```
 *
 * @category formats
 * @since 0.1.0
 */
export const csv = <A>(options: CsvOptions<A>): Format<A, A> => {
  const { delimiter = ",", header = true, maxRecordLength = 1, quote = "\"" } = options
  const decode = decoderOf(options.schema)
  return {
    decoder: Decoder.identity<A>(),
    load: async () => {
      const parse = await loadCsv(delimiter, quote)
      return (_, from) => framerOf(options, header, parse, decode, quote, from)
    },
    isWhole: false,
    // Without the row of names nothing can be made of the others.
    isLined: false,
    invalid: firstWrong([
      ["delimiter", delimiter.length > 0 && !/[\r\n]/.test(delimiter) && delimiter !== quote, "text without line endings"],
      ["quote", quote.length === 1 && quote > " " && quote <= "~", "one ASCII character"],
      ["header", typeof header === "boolean" || new Set(header).size === header.length, "names that differ"],
      ["maxRecordLength", isCount(maxRecordLength, 1), "a whole number of bytes"]
    ])
  }
}

const framerOf = <A>(
  options: CsvOptions<A>,
  header: boolean | ReadonlyArray<string>,
  parse: ParseRows,
  decode: (input: unknown) => Decoded<A>,
  quote: string,
  from: Place | undefined
): RecordFramer<A> => {
  let columns: ReadonlyArray<string> | undefined = typeof header === "boolean" ? undefined : header
  const begin = (text: string) => {
    columns = parse([text])[0]
    if (columns === undefined) return "csv"
    return new Set(columns).size === columns.length ? undefined : "header"
  }
  const recordOf = (fields: ReadonlyArray<string> | undefined): Decoded<A> => {
    if (fields === undefined) return { problem: "csv" }
    if (columns === undefined) return decode(fields)
    // `fromEntries` makes own properties of any names, `__proto__` too.
    return fields.length === columns.length
      ? decode(Object.fromEntries(columns.map((column, index) => [column, fields[index]])))
      : { problem: "columns" }
  }
  const language = {
    begin: header === true ? begin : undefined,
    decode: (texts: ReadonlyArray<string>) => parse(texts).map(recordOf),
    quote: quote.charCodeAt(0)
  }
  return new RecordFramer(language, options, from)
}
