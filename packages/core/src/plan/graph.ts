/** The nodes behind a pipeline's outputs, each once, parents first. */
import type { Node, Output } from "../dstream/Node.ts"

export interface Vertex {
  readonly node: Node
  readonly parents: ReadonlyArray<number>
  /** The name of the first output it works for: where a problem with it is. */
  readonly output: string
  /** The vertices that read it, once for each time; outputs are counted in `uses` only. */
  readonly readers: ReadonlyArray<number>
  readonly uses: number
}

export interface Graph {
  /** In an order in which parents come before children; numbered by place. */
  readonly vertices: ReadonlyArray<Vertex>
  /** The vertex of each output. */
  readonly outputs: ReadonlyArray<number>
  readonly numberOf: (node: Node) => number | undefined
}

/** No recursion in here: the depth of a pipeline is the user's. */
export const graphOf = (outputs: ReadonlyArray<Output<unknown, unknown>>): Graph => {
  const builder = new Builder()
  const ends = outputs.map(({ name, node }) => builder.add(node, name))
  for (const end of ends) builder.vertices[end]!.uses++
  return { vertices: builder.vertices, outputs: ends, numberOf: (node) => builder.numbers.get(node) }
}

export const parentsOf = (node: Node): ReadonlyArray<Node> => {
  switch (node._tag) {
    case "Receive":
      return []
    case "Step":
    case "Aggregate":
    case "Remember":
    case "Recall":
    case "Effect":
      return [node.parent]
    case "Union":
    case "Batch":
      return node.parents
  }
}

interface Growing extends Vertex {
  readonly readers: Array<number>
  uses: number
}

class Builder {
  readonly vertices: Array<Growing> = []
  readonly numbers = new Map<Node, number>()
  /** What stands for a node that was written more than once: `fromReceiver` of one receiver, called twice. */
  private readonly originals = new Map<unknown, Map<number, number>>()

  add(end: Node, output: string): number {
    const path = [end]
    while (path.length > 0) {
      const node = path[path.length - 1]!
      const missing = this.numbers.has(node) ? [] : parentsOf(node).filter((parent) => !this.numbers.has(parent))
      if (missing.length === 0) {
        path.pop()
        if (!this.numbers.has(node)) this.numbers.set(node, this.number(node, output))
      } else {
        for (let i = missing.length - 1; i >= 0; i--) path.push(missing[i]!)
      }
    }
    return this.numbers.get(end)!
  }

  private number(node: Node, output: string): number {
    const parents = parentsOf(node).map((parent) => this.numbers.get(parent)!)
    if (node._tag === "Receive") return this.original(node.receiver, -1, () => this.push(node, parents, output))
    if (node._tag === "Step") return this.original(node.step, parents[0]!, () => this.push(node, parents, output))
    return this.push(node, parents, output)
  }

  private original(identity: unknown, parent: number, make: () => number): number {
    let byParent = this.originals.get(identity)
    if (byParent === undefined) this.originals.set(identity, byParent = new Map())
    let number = byParent.get(parent)
    if (number === undefined) byParent.set(parent, number = make())
    return number
  }

  private push(node: Node, parents: ReadonlyArray<number>, output: string): number {
    const number = this.vertices.length
    this.vertices.push({ node, parents, output, readers: [], uses: 0 })
    for (const parent of parents) {
      this.vertices[parent]!.readers.push(number)
      this.vertices[parent]!.uses++
    }
    return number
  }
}
