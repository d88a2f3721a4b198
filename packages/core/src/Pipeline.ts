/**
 * A name, a batch interval and outputs, closed; and the ways to run it.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { isPipeline, make, type Options, type Pipeline, TypeId } from "./dstream/Pipeline.ts"
export { layer, run } from "./runtime/launch.ts"
export { type PipelineMetrics, type ReceiverMetrics, type RunningPipeline } from "./runtime/RunningPipeline.ts"
export { type RunOptions, start } from "./runtime/start.ts"
