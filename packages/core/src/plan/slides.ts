/** How often every vertex speaks, and what is wrong with the windows that say so. */
import * as Result from "effect/Result"
import { wholeMillis } from "../batch/interval.ts"
import type { Window } from "../dstream/Node.ts"
import type { Graph, Vertex } from "./graph.ts"
import type { Problem } from "./InvalidPipeline.ts"

/** All in milliseconds. `window` equals `parent` where there is no window. */
export interface Slide {
  readonly parent: number
  readonly slide: number
  readonly window: number
}

/** A window of more slides than this is a mistake in a unit; its state would be of no use. */
const mostSlides = 100_000

/** In the order of the vertices. A vertex with a problem gets its parent's slide, so that one mistake is told once. */
export const slidesOf = (
  graph: Graph,
  batchIntervalMillis: number
): { readonly slides: ReadonlyArray<Slide>; readonly problems: ReadonlyArray<Problem> } => {
  const slides: Array<Slide> = []
  const problems: Array<Problem> = []
  for (const vertex of graph.vertices) {
    const parents = vertex.parents.map((parent) => slides[parent]?.slide ?? batchIntervalMillis)
    const parent = parents[0] ?? batchIntervalMillis
    if (parents.some((other) => other !== parent)) problems.push(differentSlides(vertex, parents))
    const window = vertex.node._tag === "Remember" ? vertex.node.window : undefined
    slides.push(
      window === undefined ? { parent, slide: parent, window: parent } : windowed(vertex, window, parent, problems)
    )
  }
  return { slides, problems }
}

const windowed = (vertex: Vertex, window: Window, parent: number, problems: Array<Problem>): Slide => {
  const millis = (option: "windowDuration" | "slideDuration", instead: number): number => {
    const input = window[option]
    if (input === undefined) return instead
    const result = Result.flatMap(wholeMillis(input), (value) =>
      value % parent === 0
        ? Result.succeed(value)
        : Result.fail(`${value} ms is not a multiple of the ${parent} ms between the batches of its input`))
    if (Result.isSuccess(result)) return result.success
    problems.push({ _tag: "BadWindow", operator: operatorOf(vertex), output: vertex.output, option, problem: result.failure })
    return instead
  }
  const windowMillis = millis("windowDuration", parent)
  const slide = millis("slideDuration", parent)
  if (windowMillis / parent > mostSlides) {
    problems.push({
      _tag: "BadWindow",
      operator: operatorOf(vertex),
      output: vertex.output,
      option: "windowDuration",
      problem: `${windowMillis} ms are more than ${mostSlides} batches of its input`
    })
  }
  return { parent, slide, window: windowMillis }
}

const operatorOf = ({ node }: Vertex): string => node._tag === "Remember" ? `${node.op} ${JSON.stringify(node.name)}` : node._tag

const differentSlides = (vertex: Vertex, slides: ReadonlyArray<number>): Problem => ({
  _tag: "DifferentSlides",
  operator: vertex.node._tag === "Batch" ? vertex.node.op : vertex.node._tag.toLowerCase(),
  output: vertex.output,
  slides
})
