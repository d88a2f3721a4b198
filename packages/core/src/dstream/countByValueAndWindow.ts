import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import type { Primitive } from "../batch/Key.ts"
import type { KeyBound } from "../kernel/KeyBound.ts"
import type { Memory, MemoryPlan } from "../kernel/Memory.ts"
import type { StateStore } from "../store/StateStore.ts"
import { counting } from "./counting.ts"
import { boundProblems } from "./KeyedOptions.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"
import { boundOf, durationsOf, type WindowBoundOptions, type WindowOptions } from "./WindowOptions.ts"

/**
 * How often each value came in the last `windowDuration`, every `slideDuration`: `[value, count]` at time t for (t -
 * windowDuration, t], no count 0. First the values of the batch as it showed them, then the others, the one longest in
 * the window first. With a slide longer than the window, what comes between two windows is not counted; Spark counts it
 * for values that are new.
 *
 * Values are strings, numbers, bigints or booleans, equal as in `Map`. Costs one look-up per item, and per slide the
 * values that leave or are emitted, however long the window is. `maxKeys` bounds how many values it counts.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["a"], ["b", "a"], ["b"], []], (input) =>
 *   DStream.countByValueAndWindow(input, { name: "words of two seconds", windowDuration: "2 seconds" })))
 * output.map((batch) => batch.items) // => [[["a", 1]], [["b", 1], ["a", 2]], [["b", 2], ["a", 1]], [["b", 1]]]
 * ```
 *
 * @category windows
 * @since 0.1.0
 */
export const countByValueAndWindow: {
  (
    options: WindowOptions & WindowBoundOptions
  ): <A extends Primitive, E, R>(self: DStream<A, E, R>) => DStream<readonly [A, number], E, R | StateStore>
  <A extends Primitive, E, R>(
    self: DStream<A, E, R>,
    options: WindowOptions & WindowBoundOptions
  ): DStream<readonly [A, number], E, R | StateStore>
} = dual(2, (self: AnyDStream, options: WindowOptions & WindowBoundOptions) =>
  remember(self, {
    op: "countByValueAndWindow",
    name: options.name,
    keyed: false,
    window: durationsOf(options),
    remembered: { state: Schema.Number },
    problems: boundProblems(options),
    make: make(boundOf(options))
  }))

const make = (bound: KeyBound) => (plan: MemoryPlan): Memory => {
  const counts = counting(plan, bound)
  return {
    begin: (batch) => counts.begin(batch),
    add: (item) => counts.add(item, undefined, item),
    finish: () => counts.finish(),
    delta: () => counts.delta(),
    commit: () => counts.commit(),
    rollback: () => counts.rollback(),
    snapshot: () => counts.snapshot(),
    restore: (delta) => counts.restore(delta)
  }
}
