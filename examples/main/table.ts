/** A report as lines of text, for a terminal of a given size or for a pipe. */
import { DateTime, Duration } from "effect"
import type { Options } from "./options.ts"
import type { Report, Row } from "./Report.ts"
import type { Tally } from "./words.ts"

const columns = [
  { title: "batch", width: 5 },
  { title: "UTC", width: 8 },
  { title: "lines", width: 9 },
  { title: "words", width: 10 },
  { title: "words/s", width: 10 },
  { title: "scheduling", width: 10 },
  { title: "processing", width: 10 },
  { title: "total", width: 10 }
]

const laidOut = (cells: ReadonlyArray<string>): string =>
  cells.map((cell, index) => cell.padStart(columns[index]?.width ?? 0)).join(" ")

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 })
const tenths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })

const number = (value: number): string => whole.format(value)

const millis = (value: number): string => `${tenths.format(value)} ms`

export const header = laidOut(columns.map(({ title }) => title))

export const line = (row: Row, interval: Duration.Duration): string =>
  laidOut([
    String(row.id),
    DateTime.formatIso(DateTime.makeUnsafe(row.time)).slice(11, 19),
    number(row.lines),
    number(row.tally.words),
    number(row.tally.words / (Duration.toSeconds(interval) * (1 + row.missedBoundaries))),
    millis(row.schedulingDelay),
    millis(row.processingDelay),
    millis(row.totalDelay)
  ])

export const topWords = (tally: Tally, most: number): string =>
  tally.top.slice(0, most).map(([word, count]) => `${word} ${number(count)}`).join("  ")

export const summary = ({ batches, lines, words }: Report): string =>
  [plural(batches, "batch", "batches"), plural(lines, "line", "lines"), plural(words, "word", "words")].join(", ")

const plural = (value: number, one: string, many: string): string => `${number(value)} ${value === 1 ? one : many}`

/** What runs and what it reads, on two lines. */
export const title = (options: Options, from: string): ReadonlyArray<string> => [
  `Word count, a batch every ${Duration.format(options.interval)}, in memory only`,
  `Lines from ${from}`
]

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** No line is wider and there are no more lines than the terminal has. */
export const frame = (
  report: Report,
  about: ReadonlyArray<string>,
  interval: Duration.Duration,
  size: Size
): ReadonlyArray<string> => {
  const end = `${summary(report)}   Ctrl-C: finish what was received and stop`
  const below = ["", topLine(report, size), report.notice ?? "", end]
  const above = [...about, "", header]
  const room = Math.max(1, size.rows - above.length - below.length)
  const rows = report.rows.slice(-room).map((row) => line(row, interval))
  return [...above, ...rows, ...below].slice(0, size.rows).map((text) => text.slice(0, size.columns))
}

/** As many words as fit, no count cut in the middle. */
const topLine = (report: Report, { columns }: Size): string => {
  const last = report.rows.at(-1)
  if (last === undefined || last.tally.different === 0) return "No words in the last batch"
  const text = `Of ${number(last.tally.different)} different words in batch ${last.id}:  ${topWords(last.tally, 30)}`
  return text.length <= columns ? text : text.slice(0, Math.max(0, text.lastIndexOf("  ", columns)))
}
