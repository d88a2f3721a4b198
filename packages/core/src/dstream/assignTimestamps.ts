import { dual } from "effect/Function"
import type { Key } from "../batch/Key.ts"
import { timestamped, type Timestamped, type TimestampOptions } from "./EventTime.ts"
import type { AnyDStream, DStream } from "./Node.ts"

/**
 * Says when the records of a keyed stream happened, for the windows of event time that come right after:
 * `combineByKeyAndEventWindow`, `reduceByKeyAndEventWindow`, `groupByKeyAndEventWindow`. Spark's DStreams have no event time.
 *
 * The stream stays what it is: nothing is added to its items, and each window reads the timestamps it needs and keeps a
 * watermark of its own. The watermark is the highest timestamp so far less `outOfOrderness`; with `source` the lowest of
 * these over the sources that have come and are not idle. It moves record by record and only forward, so what it says
 * does not depend on where batches are cut. No clock moves it: a stream that pauses keeps its last windows open until
 * records come again. Two things look at the time of the batch. A source is idle in the first batch whose time is later
 * than its last record's batch and `idleAfter`, and is then forgotten; where all are idle, the highest timestamp of all counts. And a
 * record that is later than its batch by more than `maxFutureSkew` is refused, so that one of the year 9999 does not
 * close every window. Under `TestPipeline` time begins at the epoch: tests with timestamps of today say
 * `maxFutureSkew: Duration.infinity`.
 *
 * A timestamp that is no finite number fails the batch. Costs a call per record, and with `source` one more and a look-up,
 * and a pass over all sources where the slowest moves.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const clicks = [[{ user: "ann", at: 1_000 }], [{ user: "ann", at: 9_000 }], [{ user: "ann", at: 12_000 }]]
 * const output = await Effect.runPromise(TestPipeline.run(clicks, (input) =>
 *   input.pipe(
 *     DStream.keyBy((click) => click.user),
 *     DStream.assignTimestamps({ timestamp: (click) => click.at, outOfOrderness: "2 seconds" }),
 *     DStream.combineByKeyAndEventWindow({
 *       name: "clicks",
 *       windowDuration: "10 seconds",
 *       state: Schema.Number,
 *       createCombiner: () => 1,
 *       mergeValue: (count) => count + 1,
 *       mergeCombiners: (left, right) => left + right
 *     })
 *   )))
 * output[2]?.items // => [["ann", { start: 0, end: 10_000, value: 2, replaces: [] }]]
 * ```
 *
 * @category event time
 * @since 0.1.0
 */
export const assignTimestamps: {
  <K extends Key, V>(
    options: TimestampOptions<K, V>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => Timestamped<readonly [K, V], E, R>
  <K extends Key, V, E, R>(
    self: DStream<readonly [K, V], E, R>,
    options: TimestampOptions<K, V>
  ): Timestamped<readonly [K, V], E, R>
} = dual(2, (self: AnyDStream, options: TimestampOptions<unknown, unknown>) => timestamped(self, options))
