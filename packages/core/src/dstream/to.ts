import { dual } from "effect/Function"
import type { BatchSink } from "./BatchSink.ts"
import { type AnyDStream, type DStream, isDStream, type Output, output } from "./Node.ts"
import type { NeedOf } from "./onError.ts"

/**
 * What becomes of a batch that a sink refuses.
 *
 * @category options
 * @since 0.1.0
 */
export interface OutputOptions<out Policy extends "fail" | "dead-letter" = "fail" | "dead-letter"> {
  /**
   * `"fail"`, the default: the run fails. `"dead-letter"`: once the sink has failed with a typed error that is not
   * retryable, or after the last retry, the items of the batch become dead letters, and the run goes on as if the
   * output had the batch. A sink that throws, or a batch of more than 10,000 items, still fails the run.
   */
  readonly onError?: Policy | undefined
}

/**
 * Leads a stream into a sink under a name, its identity in errors, metrics and checkpoints; it is used once per
 * pipeline. Spark's `saveAs…` and `print` are sinks here.
 *
 * Every output opens the sink anew, once per run, and gives it every batch in order, empty ones too. What a repeat does
 * is the sink's commit class. A stream may have several outputs and is computed once.
 *
 * ```ts import.meta.vitest
 * import { BatchSink, DStream, Pipeline } from "@millrace/core"
 * import { Effect } from "effect"
 *
 * const seen: Array<string> = []
 * const sink = BatchSink.make((batch: { readonly items: ReadonlyArray<string> }) =>
 *   Effect.sync(() => seen.push(...batch.items))
 * )
 * const output = DStream.to(DStream.fromIterable({ name: "words" }, ["to", "be"]), "seen", sink)
 * await Effect.runPromise(Pipeline.run(Pipeline.make("words", { batchInterval: "20 millis", outputs: [output] })))
 * seen // => ["to", "be"]
 * ```
 *
 * @category outputs
 * @since 0.1.0
 */
export const to: {
  <A, E2, R2>(
    name: string,
    sink: BatchSink<A, E2, R2>
  ): <E, R>(self: DStream<A, E, R>) => Output<E | E2, R | R2>
  <A, E, R, E2, R2>(self: DStream<A, E, R>, name: string, sink: BatchSink<A, E2, R2>): Output<E | E2, R | R2>
  <A, E2, R2, Policy extends "fail" | "dead-letter" = "fail">(
    name: string,
    sink: BatchSink<A, E2, R2>,
    options: OutputOptions<Policy>
  ): <E, R>(self: DStream<A, E, R>) => Output<E | E2, R | R2 | NeedOf<Policy>>
  <A, E, R, E2, R2, Policy extends "fail" | "dead-letter" = "fail">(
    self: DStream<A, E, R>,
    name: string,
    sink: BatchSink<A, E2, R2>,
    options: OutputOptions<Policy>
  ): Output<E | E2, R | R2 | NeedOf<Policy>>
} = dual(
  (args) => isDStream(args[0]),
  (self: AnyDStream, name: string, sink: BatchSink<never, never, never>, options?: OutputOptions) =>
    output(name, self.node, sink, options?.onError === "dead-letter" ? options.onError : undefined)
)
