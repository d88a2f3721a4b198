/** Into how many partitions the batches of every vertex are cut. */
import type { Graph, Vertex } from "./graph.ts"

/**
 * One, unless `repartition` cut them. Per-item steps keep the cuts; a union puts the partitions of its parents side by
 * side, where any of them was cut; everything else makes one.
 */
export const partitionsOf = ({ vertices }: Graph): ReadonlyArray<number> => {
  const partitions: Array<number> = []
  for (const vertex of vertices) partitions.push(cutsOf(vertex, vertex.parents.map((parent) => partitions[parent] ?? 1)))
  return partitions
}

const cutsOf = ({ node }: Vertex, parents: ReadonlyArray<number>): number => {
  const first = parents[0] ?? 1
  switch (node._tag) {
    case "Step":
      return first
    case "Union":
      return parents.some((count) => count > 1) ? parents.reduce((sum, count) => sum + count, 0) : 1
    case "Batch":
      return node.partitions === "each" ? first : node.partitions ?? 1
    case "Receive":
    case "Aggregate":
    case "Remember":
    case "Recall":
    case "Effect":
      return 1
  }
}
