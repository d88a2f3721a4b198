import type { StateStore } from "../store/StateStore.ts"
import type { EventWindowed, LateRecord } from "./EventTime.ts"
import { type DStream, fromNode } from "./Node.ts"

/**
 * The records of each batch that are in no window of event time: they came after all their windows were closed
 * (`reason: "late"`) or lie too far in the future (`"future"`). Takes the stream that the window gave, itself and not
 * what `map` made of it. Flink's side output of late data.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const clicks = [[["ann", 1_000], ["ann", 25_000]], [["ann", 2_000]]] as const
 * const output = await Effect.runPromise(TestPipeline.run(clicks, (input) =>
 *   input.pipe(
 *     DStream.assignTimestamps({ timestamp: (at) => at, outOfOrderness: 0 }),
 *     DStream.groupByKeyAndEventWindow({ name: "clicks", windowDuration: "10 seconds", value: Schema.Number }),
 *     DStream.lateRecords
 *   )))
 * output.map((batch) => batch.items) // => [[], [{ key: "ann", value: 2_000, timestamp: 2_000, reason: "late" }]]
 * ```
 *
 * @category event time
 * @since 0.1.0
 */
export const lateRecords = <K, V, B, E, R>(
  self: EventWindowed<K, V, B, E, R>
): DStream<LateRecord<K, V>, E, R | StateStore> =>
  fromNode({ _tag: "Recall", op: "lateRecords", parent: self.node })
