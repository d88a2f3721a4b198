import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Receiver from "../Receiver.ts"
import { block, inMemory } from "./blocks.ts"

/**
 * A dummy source: lines that end in a random digit, at a steady rate, for as long as it is read. For first steps and for
 * load tests.
 *
 * A batch gets the lines that are due at its time, counted from the opening; at most `maxRecords` of them, the others
 * stay due. Time comes from `Clock` and the digits from `Random`, so that a virtual clock and a seed make it the same on
 * every run. `Unreplayable`. No slow start: `initialRate` defaults to `Infinity` where the pipeline has none.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 *
 * const receiver = Receiver.rate({ name: "dummy", rowsPerSecond: 5 })
 * receiver.name // => "dummy"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const rate = (
  options: Receiver.Options & {
    /** Lines per second; 0 or less gives none. Defaults to 1. */
    readonly rowsPerSecond?: number | undefined
    /** What a line says. Defaults to `I am a dummy source <digit>`. */
    readonly line?: ((digit: number) => string) | undefined
  }
): Receiver.Receiver<string> =>
  Receiver.perBatch({
    ...inMemory(options),
    chunk: Schema.String,
    open: Effect.fnUntraced(function*() {
      const rowsPerSecond = options.rowsPerSecond ?? 1
      const line = options.line ?? ((digit) => `I am a dummy source ${digit}`)
      const random = yield* Random.Random
      const openedAt = yield* Clock.currentTimeMillis
      let given = 0
      return ({ maxRecords, time }: Receiver.BatchRequest) =>
        Effect.sync(() => {
          const due = Math.floor((time - openedAt) * rowsPerSecond / 1000) - given
          const rows = Math.max(0, Math.min(due, Math.floor(maxRecords)))
          given += rows
          return Option.some(block(Array.from({ length: rows }, () => line(Math.floor(random.nextDoubleUnsafe() * 10)))))
        })
    })
  })
