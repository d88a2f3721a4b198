/** A report as lines of text, for a terminal of a given size or for a pipe. */
import { DateTime, Duration } from "effect"
import type { Options } from "./options.ts"
import type { Report, Row } from "./Report.ts"
import type { Tally } from "./words.ts"

const columns = [
  { title: "batch", width: 6 },
  { title: "time (UTC)", width: 11 },
  { title: "lines", width: 10 },
  { title: "words", width: 11 },
  { title: "words/s", width: 11 },
  { title: "scheduling", width: 11 },
  { title: "processing", width: 11 },
  { title: "total", width: 10 }
]

const laidOut = (cells: ReadonlyArray<string>): string =>
  cells.map((cell, index) => cell.padStart(columns[index]?.width ?? 0)).join(" ")

const number = (value: number): string => Math.round(value).toLocaleString("en-US")

const millis = (value: number): string => `${value.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} ms`

export const header = laidOut(columns.map(({ title }) => title))

export const line = (row: Row, interval: Duration.Duration): string =>
  laidOut([
    String(row.id),
    DateTime.formatIso(DateTime.makeUnsafe(row.time)).slice(11, 19),
    number(row.lines),
    number(row.tally.words),
    number(row.tally.words / Duration.toSeconds(interval)),
    millis(row.schedulingDelay),
    millis(row.processingDelay),
    millis(row.totalDelay)
  ])

export const topWords = (tally: Tally, most: number): string =>
  tally.top.slice(0, most).map(([word, count]) => `${word} ${number(count)}`).join("  ")

export const summary = ({ batches, lines, words }: Report): string =>
  `${number(batches)} ${batches === 1 ? "batch" : "batches"}, ${number(lines)} lines, ${number(words)} words`

/** Where the lines come from and how they are cut, in a sentence. */
export const title = (options: Options, from: string): string =>
  `word count: a batch every ${Duration.format(options.interval)} of lines from ${from}`

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** No line is wider and there are no more lines than the terminal has. */
export const frame = (report: Report, about: string, interval: Duration.Duration, size: Size): ReadonlyArray<string> => {
  const last = report.rows.at(-1)
  const below = [
    "",
    last === undefined
      ? "No batch yet"
      : `Top words of batch ${last.id} (${number(last.tally.different)} different)   ${topWords(last.tally, 30)}`,
    report.notice ?? "",
    `${summary(report)}   Ctrl-C: finish what was received and stop`
  ]
  const above = [about, "", header]
  const room = Math.max(1, size.rows - above.length - below.length)
  const rows = report.rows.slice(-room).map((row) => line(row, interval))
  return [...above, ...rows, ...below].slice(0, size.rows).map((text) => clip(text, size.columns))
}

/** Cut at a word, so that no count is cut in the middle. */
const clip = (text: string, columns: number): string => {
  if (text.length <= columns) return text
  const cut = text.lastIndexOf("  ", columns)
  return cut > columns / 2 ? text.slice(0, cut) : text.slice(0, columns)
}
