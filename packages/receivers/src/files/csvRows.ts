/** Text of CSV as rows, by `csv-parse`. */
import { MissingPackage } from "./FilesError.ts"
import { Trouble } from "./locate.ts"

/** The fields of one record after the other; `undefined` where quotes do not match. */
export type ParseRows = (texts: ReadonlyArray<string>) => ReadonlyArray<ReadonlyArray<string> | undefined>

/** Loaded when it is needed: who reads no CSV needs no package for it. */
export const loadCsv = async (delimiter: string, quote: string): Promise<ParseRows> => {
  const { parse } = await import("csv-parse/sync").catch((): never => {
    throw new Trouble("csv", new MissingPackage({ package: "csv-parse" }))
  })
  const options = { delimiter, quote, escape: quote, record_delimiter: ["\n", "\r\n"], relax_column_count: true }
  const rowsOf = (text: string): ReadonlyArray<ReadonlyArray<string>> | undefined => {
    try {
      return parse(text, options)
    } catch {
      return undefined
    }
  }
  return (texts) => {
    if (texts.length === 0) return []
    const rows = rowsOf(texts.join("\n"))
    return rows?.length === texts.length ? rows : texts.map((text) => rowsOf(text)?.[0])
  }
}
