/** What a description means, an array per operator: slow, plain, and knowing nothing of plans and encodings. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Node, PerBatch } from "../../src/dstream/Node.ts"
import type { Aggregation, OnError, Step } from "../../src/kernel/Step.ts"

type Items = ReadonlyArray<any>

/** What a batch means: the items of each output, and those that steps could not take, as JSON, sorted. */
export interface Meaning {
  readonly outputs: ReadonlyArray<Items>
  readonly buried: ReadonlyArray<string>
  readonly dropped: number
}

/** What streams mean, from the items that each receiver received. */
export const meaningOf = (nodes: ReadonlyArray<Node>, received: (receiver: string) => Items): Meaning => {
  const evaluation = new Evaluation(received)
  const outputs = nodes.map((node) => evaluation.partitionsOf(node).flat())
  return { outputs, buried: evaluation.buried.sort(), dropped: evaluation.dropped }
}

/** One array for each partition. */
type Partitions = ReadonlyArray<Items>

class Evaluation {
  readonly buried: Array<string> = []
  dropped = 0
  readonly received: (receiver: string) => Items
  /** A node that is read twice is worked out once: chains of joins would take for ever. */
  private readonly known = new Map<Node, Partitions>()

  constructor(received: (receiver: string) => Items) {
    this.received = received
  }

  partitionsOf(node: Node): Partitions {
    let partitions = this.known.get(node)
    if (partitions === undefined) this.known.set(node, partitions = this.evaluate(node))
    return partitions
  }

  private evaluate(node: Node): Partitions {
    const all = (parent: Node): Items => this.partitionsOf(parent).flat()
    switch (node._tag) {
      case "Receive":
        return [this.received(node.receiver.name)]
      case "Step":
        return this.partitionsOf(node.parent).map((items) => 
          items.flatMap((item) => this.tried(node.step.onError, item, () => stepOf(node.step, item))))
      case "Aggregate":
        return [aggregated(node.aggregation, all(node.parent))]
      case "Union": {
        const parents = node.parents.map((parent) => this.partitionsOf(parent))
        return parents.some((partitions) => partitions.length > 1) ? parents.flat() : [parents.flat(2)]
      }
      case "Batch":
        return node.partitions === "each"
          ? this.partitionsOf(node.parents[0]!).map((items) => node.f(items, 1_000))
          : cutInto(node.partitions ?? 1, batchOf(node, node.parents.map(all)))
      case "Remember":
      case "Recall":
        throw new Error("what remembers has an oracle of its own in its test")
      case "Effect": {
        const items = all(node.parent)
        const f = node.perRun ? node.f() : node.f
        if (!node.perItem) return [Effect.runSync(f(items, 1_000)) as Items]
        return [items.flatMap((item) => this.tried(node.onError, item, () => [Effect.runSync(f(item))]))]
      }
    }
  }

  private tried(onError: OnError | undefined, item: any, step: () => Items): Items {
    try {
      return step()
    } catch (error) {
      if (onError === undefined) throw error
      if (onError === "drop") this.dropped++
      else this.buried.push(JSON.stringify(item))
      return []
    }
  }
}

/** The one who stands at `index` of `length` goes where his share of the way lies. */
const cutInto = (count: number, items: Items): Partitions => {
  const edge = (index: number) => Math.floor(index * items.length / count)
  return Array.from({ length: count }, (_, index) => items.slice(edge(index), edge(index + 1)))
}

const batchOf = (node: PerBatch, parents: ReadonlyArray<Items>): Items => {
  if (node.keys !== "joined") return node.f(...parents, 1_000)
  // What a table is told to look keys up by is no encoding of the pipeline's, but tells all keys apart.
  return node.op.endsWith("Table") ? node.f(nameOf, ...parents) : joined(node.op, parents[0]!, parents[1]!)
}

/** Keys in the order in which they came, left before right; the one that came first stands for all that are equal. */
const joined = (op: string, left: Items, right: Items): Items => {
  const ofLeft = groups(left)
  const ofRight = groups(right)
  const valuesIn = (side: typeof ofLeft, key: any) => side.find(([other]) => isSame(other, key))?.[1] ?? []
  return groups([...left, ...right]).flatMap(([key]) =>
    valuesOfBoth(op, valuesIn(ofLeft, key), valuesIn(ofRight, key)).map((values) => [key, values]))
}

const valuesOfBoth = (op: string, left: Items, right: Items): Items => {
  const orNone = (values: Items): Items => values.length === 0 ? [Option.none()] : values.map(Option.some)
  const product = (left: Items, right: Items) => left.flatMap((one) => right.map((other) => [one, other]))
  switch (op) {
    case "join":
      return product(left, right)
    case "leftOuterJoin":
      return product(left, orNone(right))
    case "rightOuterJoin":
      return product(orNone(left), right)
    case "fullOuterJoin":
      return product(orNone(left), orNone(right))
    case "cogroup":
      return [[left, right]]
    default:
      throw new Error(`no oracle for ${op}`)
  }
}

/** Each result in an array of its own, so that `flatMap` takes off no more than that. */
const stepOf = (step: Step, item: any): Items => {
  switch (step.op) {
    case "map":
      return [step.f(item)]
    case "filter":
      return step.f(item) ? [item] : []
    case "flatMap":
      return [...step.f(item)]
    case "split":
      if (typeof item !== "string") throw new TypeError("no text")
      return item.split(step.separator)
    case "keyBy":
      return [[step.f(item), item]]
    case "mapValues":
      return [[item[0], step.f(item[1])]]
    case "flatMapValues":
      return [...step.f(item[1])].map((value) => [item[0], value])
  }
}

const aggregated = (aggregation: Aggregation, items: Items): Items => {
  switch (aggregation.op) {
    case "collect":
      return items
    case "count":
      return [items.length]
    case "reduce":
      return items.length === 0 ? [] : [items.reduce((left, right) => aggregation.f(left, right))]
    case "remember":
      throw new Error("what remembers has an oracle of its own in its test")
    case "countByValue":
      return groups(items.map((item) => [item, item])).map(([key, values]) => [key, values.length])
    case "groupByKey":
      return groups(items)
    case "reduceByKey":
      return groups(items).map(([key, values]) => [key, values.reduce((left, right) => aggregation.f(left, right))])
    case "combineByKey":
      return groups(items).map(([key, [first, ...rest]]) => [
        key,
        rest.reduce((left, right) => aggregation.mergeValue(left, right), aggregation.createCombiner(first))
      ])
  }
}

/** Equal keys are found by looking at every group. */
const groups = (pairs: Items): ReadonlyArray<readonly [key: any, values: Array<any>]> => {
  const found: Array<readonly [key: any, values: Array<any>]> = []
  for (const [key, value] of pairs) {
    const group = found.find(([other]) => isSame(other, key))
    if (group === undefined) found.push([key, [value]])
    else group[1].push(value)
  }
  return found
}

const nameOf = (key: unknown): string => `${typeof key} ${JSON.stringify(key)}`

const isSame = (left: unknown, right: unknown): boolean => nameOf(left) === nameOf(right)
