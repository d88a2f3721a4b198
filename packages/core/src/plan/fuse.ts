/** Chains of per-item operators become loops: which vertices share one, and the stages that result. */
import { atEnd } from "../kernel/encoding.ts"
import type { Aggregation, AnyFunction, Step } from "../kernel/Step.ts"
import type { Graph, Vertex } from "./graph.ts"
import { type KeyEncoding, keyEncodings } from "./keys.ts"
import { operatorLabel, stageLabel } from "./label.ts"
import { partitionsOf } from "./partitions.ts"
import type { Stage, StageMemory } from "./Plan.ts"
import type { Slide } from "./slides.ts"

/** A longer chain is cut into several loops: composed closures nest once per step. */
const maxSteps = 256

export interface Fused {
  readonly stages: ReadonlyArray<Stage>
  /** The slot of each output. */
  readonly outputs: ReadonlyArray<number>
  /** Milliseconds between the outputs of each slot. */
  readonly slides: ReadonlyArray<number>
  /** How many partitions each slot has. */
  readonly partitions: ReadonlyArray<number>
  /** How to have the items of any vertex, also of one inside of a loop, from slots. */
  readonly readingOf: (id: number) => Reading
}

/** Slots, and the per-item steps from what is in them. */
export interface Reading {
  readonly inputs: ReadonlyArray<number>
  readonly steps: ReadonlyArray<Step>
}

export const fuse = (graph: Graph, slides: ReadonlyArray<Slide>, batchIntervalMillis: number): Fused => {
  const encodings = keyEncodings(graph)
  const partitionsBy = partitionsOf(graph)
  const absorbed = absorbedBy(graph, partitionsBy)
  const slots: Array<number> = []
  const stages: Array<Stage> = []
  const bySlot: Array<number> = []
  const partitions: Array<number> = []
  const context: Context = { graph, encodings, absorbed, slots, slides, batchIntervalMillis }
  graph.vertices.forEach((vertex, id) => {
    if (absorbed[id]) return
    slots[id] = stages.length
    bySlot.push(slides[id]!.slide)
    partitions.push(partitionsBy[id]!)
    stages.push(stageOf(context, vertex, id))
  })
  return { stages, outputs: graph.outputs.map((id) => slots[id]!), slides: bySlot, partitions, readingOf: (id) => readingOf(context, id) }
}

const readingOf = (context: Context, id: number): Reading =>
  context.absorbed[id] ? chain(context, id, true) : { inputs: [context.slots[id]!], steps: [] }

interface Context {
  readonly graph: Graph
  readonly encodings: ReturnType<typeof keyEncodings>
  readonly absorbed: ReadonlyArray<boolean>
  readonly slots: ReadonlyArray<number>
  readonly slides: ReadonlyArray<Slide>
  readonly batchIntervalMillis: number
}

/** Whether a vertex is computed inside the loop of its only reader, and has no slot of its own. */
const absorbedBy = ({ vertices }: Graph, partitions: ReadonlyArray<number>): ReadonlyArray<boolean> => {
  const lengths: Array<number> = []
  const absorbed: Array<boolean> = []
  vertices.forEach(({ node, parents, readers, uses }, id) => {
    const parent = parents[0]
    const before = parent !== undefined && absorbed[parent] ? lengths[parent]! : 0
    lengths[id] = node._tag === "Step" ? before + 1 : 0
    const reader = uses === 1 && readers.length === 1 ? vertices[readers[0]!]!.node._tag : undefined
    const inLoop = reader === "Step" || reader === "Aggregate" || reader === "Remember"
    absorbed[id] = node._tag === "Step"
      ? inLoop && lengths[id]! < maxSteps
      // An uncut union among cut streams is one partition: it needs a slot to be one in.
      : node._tag === "Union" && (inLoop || reader === "Union" && (partitions[id]! > 1 || partitions[readers[0]!] === 1))
  })
  return absorbed
}

const stageOf = (context: Context, { node, parents }: Vertex, id: number): Stage => {
  const slot = context.slots[id]!
  const slotsOf = (ids: ReadonlyArray<number>) => ids.map((parent) => context.slots[parent]!)
  switch (node._tag) {
    case "Receive":
      return { _tag: "Receive", name: node.receiver.name, slot, receiver: node.receiver }
    case "Step":
      return loop(context, slot, id, { op: "collect" }, undefined)
    case "Aggregate":
      return loop(context, slot, parents[0]!, node.aggregation, undefined)
    case "Remember": {
      const { keyed, make, name, op, remembered } = node
      const { parent, slide, window } = context.slides[id]!
      const plan = {
        batchIntervalMillis: context.batchIntervalMillis,
        parentSlideMillis: parent,
        slideMillis: slide,
        windowMillis: window,
        isWindow: node.window !== undefined
      }
      return loop(context, slot, parents[0]!, { op: "remember", operator: op, keyed, onMaxKeys: node.onMaxKeys }, {
        operator: name,
        kind: op,
        remembered,
        plan,
        make
      })
    }
    case "Recall":
      return { _tag: "Recall", name: node.op, slot, of: slotsOf(parents)[0]! }
    case "Union":
      return { _tag: "Union", name: "union", slot, inputs: united(context, parents) }
    case "Batch":
      return {
        _tag: "Batch",
        name: operatorLabel(node.op, node.f),
        slot,
        inputs: slotsOf(parents),
        f: node.keys === "joined" ? joining(node.f, context.encodings[id]) : node.f,
        partitions: node.partitions
      }
    case "Effect": {
      const { concurrency, f, op, perItem, perRun = false } = node
      const name = operatorLabel(op, f)
      const { onError } = node
      return { _tag: "Effect", name, slot, input: slotsOf(parents)[0]!, f, perItem, concurrency, perRun, onError }
    }
  }
}

const joining = (f: AnyFunction, encoding: KeyEncoding): AnyFunction => {
  const encode = encoding === "conflict" ? undefined : encoding
  return (...args) => f(encode, ...args)
}

/** Walks up from the end of a chain, which is a step of it or comes after it, to what it reads. */
const chain = (context: Context, end: number, inclusive: boolean): Reading & { readonly from: number } => {
  const { absorbed, graph } = context
  const steps: Array<Step> = []
  const isPart = (id: number): boolean => absorbed[id] === true || (inclusive && id === end)
  let id = end
  while (isPart(id)) {
    const { node, parents } = graph.vertices[id]!
    if (node._tag !== "Step") break
    steps.push(node.step)
    id = parents[0]!
  }
  return { from: id, inputs: united(context, [id]), steps: steps.reverse() }
}

const loop = (
  context: Context,
  slot: number,
  end: number,
  aggregation: Aggregation,
  memory: StageMemory | undefined
): Stage => {
  const { from, inputs, steps } = chain(context, end, aggregation.op === "collect")
  const encoding = context.encodings[from]
  const encode = encoding === "conflict" ? undefined : encoding
  return {
    _tag: "Fused",
    name: stageLabel(steps, aggregation),
    slot,
    inputs,
    steps,
    aggregation,
    encode,
    memory: memory && { ...memory, plan: { ...memory.plan, encode: atEnd(steps, encode).encode } }
  }
}

/** The slots behind unions that have none of their own, in order. */
const united = ({ absorbed, graph, slots }: Context, ids: ReadonlyArray<number>): ReadonlyArray<number> => {
  const inputs: Array<number> = []
  const left = [...ids].reverse()
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (!absorbed[id]) {
      inputs.push(slots[id]!)
      continue
    }
    const { parents } = graph.vertices[id]!
    for (let i = parents.length - 1; i >= 0; i--) left.push(parents[i]!)
  }
  return inputs
}
