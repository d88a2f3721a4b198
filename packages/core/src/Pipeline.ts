/**
 * A name, a batch interval and outputs, closed; and the ways to look at it and run it.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { Pipeline } from "./dstream/Pipeline.ts"
import { compile } from "./plan/compile.ts"
import { explain as explainPlan, type Format } from "./plan/explain.ts"

export { isPipeline, make, type Options, type Pipeline, TypeId } from "./dstream/Pipeline.ts"
export { compile } from "./plan/compile.ts"
export { type Format } from "./plan/explain.ts"
export { layer, run } from "./runtime/launch.ts"
export { type PipelineMetrics, type ReceiverMetrics, type RunningPipeline } from "./runtime/RunningPipeline.ts"
export { type RunOptions, start } from "./runtime/start.ts"

/**
 * What a pipeline will do, without doing it: its settings with every default, its stages with the operators that were
 * fused, its outputs. As text, or as a mermaid flowchart. For a pipeline that cannot be compiled, the list of what is
 * wrong with it.
 *
 * ```ts import.meta.vitest
 * import { DStream, Pipeline } from "@millrace/core"
 * import { Effect } from "effect"
 *
 * const words = DStream.fromIterable({ name: "words" }, ["to", "be"])
 * const output = DStream.foreachBatch(DStream.countByValue(words), "counts", () => Effect.void)
 * const pipeline = Pipeline.make("words", { batchInterval: "1 second", outputs: [output] })
 * Pipeline.explain(pipeline).includes("countByValue") // => true
 * ```
 *
 * @category destructors
 * @since 0.1.0
 */
export const explain = <E, R>(pipeline: Pipeline<E, R>, options?: { readonly format?: Format | undefined }): string =>
  Result.match(compile(pipeline), {
    onSuccess: (plan) => explainPlan(plan, options?.format),
    onFailure: (error) => error.message
  })
