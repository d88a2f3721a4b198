/** What a description means, an array per operator: slow, plain, and knowing nothing of plans and encodings. */
import * as Effect from "effect/Effect"
import type { Node } from "../../src/dstream/Node.ts"
import type { Aggregation, Step } from "../../src/kernel/Step.ts"

type Items = ReadonlyArray<any>

export const evaluate = (node: Node, received: (receiver: string) => Items): Items => {
  switch (node._tag) {
    case "Receive":
      return received(node.receiver.name)
    case "Step":
      return evaluate(node.parent, received).flatMap((item) => stepOf(node.step, item))
    case "Aggregate":
      return aggregated(node.aggregation, evaluate(node.parent, received))
    case "Union":
      return node.parents.flatMap((parent) => evaluate(parent, received))
    case "Batch":
      return node.f(...node.parents.map((parent) => evaluate(parent, received)), 1_000)
    case "Remember":
    case "Recall":
      throw new Error("what remembers has an oracle of its own in its test")
    case "Effect": {
      const items = evaluate(node.parent, received)
      return Effect.runSync(node.perItem ? Effect.forEach(items, node.f) : node.f(items, 1_000)) as Items
    }
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
    const group = found.find(([other]) => typeof other === typeof key && JSON.stringify(other) === JSON.stringify(key))
    if (group === undefined) found.push([key, [value]])
    else group[1].push(value)
  }
  return found
}
