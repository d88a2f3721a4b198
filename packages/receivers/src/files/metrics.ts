/** What the file receivers count, beside what the engine counts of every receiver. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"

const counter = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.counter(`millrace_files_${name}`, { description, attributes, incremental: true })

/** Counts for one receiver; called without effects. */
export interface Tally {
  readonly read: () => void
  readonly skipped: (records: number) => void
  readonly replaced: (times: number) => void
  readonly passedOver: () => void
}

export const makeTally = (receiver: string, context: Context.Context<never>): Tally => {
  const at = { receiver }
  const read = counter("read_files_total", "Files that were read to their end", at)
  const skipped = counter("skipped_lines_total", "Lines longer than allowed that were passed over", at)
  const replaced = counter("replaced_bytes_total", "Times U+FFFD was put for bytes that were not UTF-8", at)
  const passedOver = counter("passed_over_files_total", "Files that could not or may not be read and were passed over", at)
  return {
    read: () => read.updateUnsafe(1, context),
    skipped: (records) => skipped.updateUnsafe(records, context),
    replaced: (times) => replaced.updateUnsafe(times, context),
    passedOver: () => passedOver.updateUnsafe(1, context)
  }
}

/** Rereading is no reading: what it passes over was counted. */
export const noTally: Tally = { read: () => {}, skipped: () => {}, replaced: () => {}, passedOver: () => {} }
