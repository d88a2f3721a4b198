import { BatchSink } from "@millrace/core"
import * as Console from "effect/Console"
import { show } from "./show.ts"

const rule = "-".repeat(43)

/**
 * Prints the first items of every batch, in Spark's layout: a rule, `Time: <milliseconds> ms`, a rule, one item a line,
 * `...` if there are more, and a blank line. Text is printed as it is, a pair as `(key,value)`, other values as compact
 * JSON. One call of Effect's `Console.log` for each batch, so that batches of several outputs do not mix.
 *
 * `limit` is how many items are shown, 10 by default; 0 or less shows only that there are some. `AtLeastOnce`: after a
 * crash a batch may be printed again.
 *
 * ```ts import.meta.vitest
 * import { BatchSink } from "@millrace/core"
 * import * as Console from "@millrace/sinks/Console"
 *
 * BatchSink.isBatchSink(Console.print({ limit: 20 })) // => true
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const print = (options: { readonly limit?: number | undefined } = {}): BatchSink.BatchSink<unknown> => {
  const limit = options.limit ?? 10
  const shown = limit > 0 ? Math.floor(limit) : 0
  return BatchSink.make(({ items, time }) => {
    const lines = [rule, `Time: ${time} ms`, rule, ...items.slice(0, shown).map(show)]
    if (items.length > shown) lines.push("...")
    return Console.log(`${lines.join("\n")}\n`)
  })
}
