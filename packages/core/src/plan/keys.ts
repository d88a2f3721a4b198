/** How the keys of every vertex are encoded, as far as the description says. */
import { afterStep, type Encode, isKeyed } from "../kernel/encoding.ts"
import type { Graph, Vertex } from "./graph.ts"

/** `"conflict"`: a union of streams that do not agree. No harm is done until a keyed aggregation reads it. */
export type KeyEncoding = Encode | "conflict"

export const keyEncodings = (graph: Graph): ReadonlyArray<KeyEncoding> => {
  const encodings: Array<KeyEncoding> = []
  for (const vertex of graph.vertices) {
    // What a stage remembers has the keys that it was fed with, whatever it emits.
    const parents = vertex.node._tag === "Recall" ? graph.vertices[vertex.parents[0]!]!.parents : vertex.parents
    encodings.push(encodingOf(vertex, parents.map((parent) => encodings[parent])))
  }
  return encodings
}

const encodingOf = ({ node }: Vertex, parents: ReadonlyArray<KeyEncoding>): KeyEncoding => {
  const first = parents[0]
  switch (node._tag) {
    case "Step":
      return first === "conflict" ? afterConflict(node.step) : afterStep(first, node.step)
    case "Aggregate":
      return isKeyed(node.aggregation) && first !== "conflict" ? first : undefined
    case "Remember":
      return node.keepsKeys && first !== "conflict" ? first : undefined
    case "Recall":
      return first
    case "Union":
      return agreed(parents)
    case "Batch":
      return node.keys === undefined ? undefined : agreed(parents)
    case "Effect":
      return node.keys === undefined ? undefined : first
    case "Receive":
      return undefined
  }
}

/** What streams that come together have in common. */
export const agreed = (parents: ReadonlyArray<KeyEncoding>): KeyEncoding =>
  parents.every((parent) => parent === parents[0]) ? parents[0] : "conflict"

/** A step that keeps whatever encoding there was keeps a conflict too. */
const afterConflict = (step: Parameters<typeof afterStep>[1]): KeyEncoding => {
  const any = () => ""
  const after = afterStep(any, step)
  return after === any ? "conflict" : after
}
