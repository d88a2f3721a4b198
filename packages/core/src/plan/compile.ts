/** From a description to a plan: pure, and the only place where a pipeline is refused. */
import * as Result from "effect/Result"
import type { Pipeline } from "../dstream/Pipeline.ts"
import { check } from "./check.ts"
import { withDeadLetters } from "./deadLetters.ts"
import { fuse } from "./fuse.ts"
import { graphOf } from "./graph.ts"
import { InvalidPipeline } from "./InvalidPipeline.ts"
import type { Plan } from "./Plan.ts"
import { resolve } from "./resolve.ts"
import { slidesOf } from "./slides.ts"

export const compile = <E, R>(pipeline: Pipeline<E, R>): Result.Result<Plan, InvalidPipeline> => {
  const graph = graphOf(pipeline.outputs)
  const { problems, settings } = resolve(pipeline)
  const windows = slidesOf(graph, settings.batchIntervalMillis)
  const all = [...check(pipeline, graph), ...problems, ...windows.problems]
  if (all.length > 0) return Result.fail(new InvalidPipeline({ pipeline: String(pipeline.name), problems: all }))
  const { outputs, partitions, slides, stages } = fuse(graph, windows.slides, settings.batchIntervalMillis)
  return Result.succeed(withDeadLetters({
    pipeline: pipeline.name,
    settings,
    slots: stages.length,
    stages,
    slides,
    partitions,
    outputs: pipeline.outputs.map(({ name, onError, sink }, index) => ({ name, input: outputs[index]!, sink, onError })),
    deadLetters: undefined
  }))
}
