/** Where a stream is in a running plan. */
import type { Node, Output } from "../dstream/Node.ts"
import { fuse, type Reading } from "./fuse.ts"
import { graphOf } from "./graph.ts"
import { slidesOf } from "./slides.ts"

export interface Location extends Reading {
  /** Between the outputs of the stream. */
  readonly slideMillis: number
}

/**
 * From the outputs that the plan was compiled of; `undefined` where the stream has no part in them. It compiles them
 * once more, since few pipelines are ever asked.
 */
export const locate = (
  outputs: ReadonlyArray<Output<unknown, unknown>>,
  batchIntervalMillis: number,
  node: Node
): Location | undefined => {
  const graph = graphOf(outputs)
  const id = graph.numberOf(node)
  if (id === undefined) return undefined
  const { slides } = slidesOf(graph, batchIntervalMillis)
  return { ...fuse(graph, slides, batchIntervalMillis).readingOf(id), slideMillis: slides[id]?.slide ?? batchIntervalMillis }
}
