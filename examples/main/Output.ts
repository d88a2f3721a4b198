/** Where a report is shown: a table that is drawn in place on a terminal, plain lines elsewhere. */
import type { Duration } from "effect"
import { Effect } from "effect"
import type { Report, Row } from "./Report.ts"
import * as Table from "./table.ts"

export interface Output {
  readonly batch: (report: Report, row: Row) => Effect.Effect<void>
  readonly notice: (report: Report) => Effect.Effect<void>
  readonly end: (report: Report) => Effect.Effect<void>
}

const escape = "\u001b["
const enter = `${escape}?1049h${escape}?25l${escape}?7l`
const leave = `${escape}?7h${escape}?25h${escape}?1049l`
const home = `${escape}H`
const clearLine = `${escape}K`
const clearBelow = `${escape}J`

/** How much of the table stays on the terminal. */
const lastRows = 20

/** Some terminals do not say. */
const sizeOf = ({ columns, rows }: NodeJS.WriteStream): Table.Size => ({ columns: columns || 80, rows: rows || 24 })

const print = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stdout.write(`${text}\n`))

/** One line for each batch on standard output; what goes wrong, on standard error. */
export const plain = (about: ReadonlyArray<string>, interval: Duration.Duration): Effect.Effect<Output> =>
  Effect.as(print([...about, "", `${Table.header}  top words`].join("\n")), {
    batch: (_, row) => print(`${Table.line(row, interval)}  ${Table.topWords(row.tally, 3)}`.trimEnd()),
    notice: ({ notice }) => Effect.sync(() => void (notice === undefined || process.stderr.write(`${notice}\n`))),
    end: (report) => print(Table.summary(report))
  })

/**
 * The whole terminal, until the scope closes or the process exits; then what was there before is there again, and the
 * last batches stay below it.
 */
export const live = (about: ReadonlyArray<string>, interval: Duration.Duration) =>
  Effect.gen(function*() {
    let shown: Report | undefined
    const draw = () => {
      if (shown === undefined) return
      const lines = Table.frame(shown, about, interval, sizeOf(process.stdout))
      process.stdout.write(`${home}${lines.map((line) => `${line}${clearLine}`).join("\n")}${clearBelow}`)
    }
    const restore = () => void process.stdout.write(leave)
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        process.stdout.write(enter)
        process.stdout.on("resize", draw)
        process.once("exit", restore)
      }),
      () =>
        Effect.sync(() => {
          process.stdout.off("resize", draw)
          process.off("exit", restore)
          restore()
          if (shown === undefined) return
          const { columns, rows } = sizeOf(process.stdout)
          const lines = Table.frame(shown, about, interval, { columns, rows: Math.min(rows, lastRows) }).slice(0, -1)
          process.stdout.write(`${[...lines, Table.summary(shown)].join("\n")}\n`)
        })
    )
    const show = (report: Report) =>
      Effect.sync(() => {
        shown = report
        draw()
      })
    return { batch: show, notice: show, end: show } satisfies Output
  })
