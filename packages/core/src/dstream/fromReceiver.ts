import { type DStream, fromNode, step } from "./Node.ts"
import type { Receiver } from "./Receiver.ts"

/**
 * The stream of what a receiver hands over: one batch per batch interval, empty where nothing came. Spark's
 * `receiverStream`. Fails with what the receiver fails with, needs what it needs.
 *
 * Use the result, or the receiver, as often as you like: it is opened once per run. Chunks are cut into records by the
 * receiver's decoder inside the loop that follows. Two receivers of one name are refused when the pipeline is compiled.
 *
 * ```ts import.meta.vitest
 * import { DStream, Pipeline, Receiver } from "@millrace/core"
 * import { Effect } from "effect"
 *
 * const words = DStream.fromReceiver(Receiver.fromIterable({ name: "words" }, ["to", "be"]))
 * const seen: Array<string> = []
 * const output = DStream.foreachBatch(words, "seen", (batch) => Effect.sync(() => seen.push(...batch.items)))
 * await Effect.runPromise(Pipeline.run(Pipeline.make("words", { batchInterval: "20 millis", outputs: [output] })))
 * seen // => ["to", "be"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromReceiver = <A, E, R>(receiver: Receiver<A, E, R>): DStream<A, E, R> =>
  receiver.decoder.steps.reduce(step, fromNode({ _tag: "Receive", receiver }))
