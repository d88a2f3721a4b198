/** Where a report is shown: a table that is drawn in place on a terminal, plain lines elsewhere. */
import type { Duration } from "effect"
import { Effect } from "effect"
import type { Report, Row } from "./Report.ts"
import * as Table from "./table.ts"

export interface Output {
  readonly batch: (report: Report, row: Row) => Effect.Effect<void>
  readonly notice: (report: Report, text: string) => Effect.Effect<void>
  readonly end: (report: Report) => Effect.Effect<void>
}

const escape = "\u001b["
const enter = `${escape}?1049h${escape}?25l${escape}?7l`
const leave = `${escape}?7h${escape}?25h${escape}?1049l`
const home = `${escape}H`
const clearLine = `${escape}K`
const clearBelow = `${escape}J`

const print = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stdout.write(`${text}\n`))

/** One line for each batch on standard output; what goes wrong, on standard error. */
export const plain = (about: string, interval: Duration.Duration): Effect.Effect<Output> =>
  Effect.as(print(`${about}\n${Table.header}  top words`), {
    batch: (_, row) => print(`${Table.line(row, interval)}  ${Table.topWords(row.tally, 3)}`),
    notice: (_, text) => Effect.sync(() => void process.stderr.write(`${text}\n`)),
    end: (report) => print(Table.summary(report))
  })

/**
 * The whole terminal, until the scope closes or the process exits; then what was there before is there again, and the
 * last batches stay below it.
 */
export const live = (about: string, interval: Duration.Duration) =>
  Effect.gen(function*() {
    let shown: Report | undefined
    const draw = () => {
      if (shown === undefined) return
      const { columns, rows } = process.stdout
      const lines = Table.frame(shown, about, interval, { columns, rows })
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
          const size = { columns: process.stdout.columns, rows: Math.min(process.stdout.rows, 16) }
          process.stdout.write(`${Table.frame(shown, about, interval, size).slice(0, -1).join("\n")}\n${Table.summary(shown)}\n`)
        })
    )
    const show = (report: Report) =>
      Effect.sync(() => {
        shown = report
        draw()
      })
    return { batch: show, notice: show, end: show } satisfies Output
  })

/** Resumes when nobody reads standard output any more, as with `| head -3`. */
export const closed: Effect.Effect<void> = Effect.callback<void>((resume) => {
  const onError = (error: Error) => {
    if ("code" in error && error.code === "EPIPE") resume(Effect.void)
    else resume(Effect.die(error))
  }
  process.stdout.on("error", onError)
  // Left in place: what is still being written must not end the process with a stack.
})
