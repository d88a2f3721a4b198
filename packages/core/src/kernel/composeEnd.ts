/** How composed chains end. */
import type { Entry } from "./accumulate.ts"
import { atEnd, type Encode } from "./encoding.ts"
import { newEncodedKey, newKey } from "./guard.ts"
import type { Accumulator } from "./Kernel.ts"
import type { Aggregation, AnyFunction, OnError, Step } from "./Step.ts"
import { TooManyKeys } from "./TooManyKeys.ts"

export type PushItem = (item: any, accumulator: Accumulator) => void
export type PushPair = (key: any, value: any, accumulator: Accumulator) => void

/**
 * What comes next in the chain, in the shape that it wants: the item, or key and value without a pair behind them.
 * The accumulator travels along, so that closures keep nothing between batches.
 */
export type Next =
  | { readonly item: PushItem; readonly pair?: never }
  | { readonly pair: PushPair; readonly item?: never }

export const endOf = (steps: ReadonlyArray<Step>, aggregation: Aggregation, encode: Encode): Next => {
  const at = steps.length
  switch (aggregation.op) {
    case "collect":
      return { item: (item, { out }) => void out.push(item) }
    case "count":
      return { item: (_, accumulator) => void accumulator.value++ }
    case "reduce":
      return { item: reduce(aggregation.f, at) }
    case "countByValue": {
      const count = byKey(at, () => 1, (count) => count + 1)
      return { item: (item, accumulator) => count(item, item, accumulator) }
    }
    case "groupByKey":
      return keyed(steps, encode, (value) => [value], append)
    case "reduceByKey":
      return keyed(steps, encode, (value) => value, aggregation.f)
    case "combineByKey":
      return keyed(steps, encode, aggregation.createCombiner, aggregation.mergeValue)
    case "remember":
      return aggregation.keyed
        ? { pair: rememberPair(steps, encode, aggregation.onMaxKeys) }
        : { item: rememberItem(at, aggregation.onMaxKeys) }
  }
}

const rememberItem = (at: number, onMaxKeys: OnError | undefined): PushItem => {
  const add: PushItem = (item, accumulator) => {
    accumulator.step = at
    accumulator.memory!.add(item)
  }
  if (onMaxKeys === undefined) return add
  return (item, accumulator) => {
    try {
      add(item, accumulator)
    } catch (cause) {
      noRoom(accumulator, onMaxKeys, at, item, cause)
    }
  }
}

/** A key that finds no room is the record's trouble; whatever else the memory throws is the batch's. */
const noRoom = ({ refused }: Accumulator, onMaxKeys: OnError, at: number, item: unknown, cause: unknown): void => {
  if (!(cause instanceof TooManyKeys)) throw cause
  if (onMaxKeys === "drop") refused.drop(at)
  else refused.bury(at, item, cause)
}

const rememberPair = (steps: ReadonlyArray<Step>, encode: Encode, onMaxKeys: OnError | undefined): PushPair => {
  const known = atEnd(steps, encode)
  const at = steps.length
  const add: PushPair = (key, value, accumulator) => {
    let name = key
    if (known.encode !== undefined) {
      accumulator.step = known.step
      name = known.encode(key)
    }
    accumulator.step = at
    accumulator.memory!.add(key, value, name)
  }
  if (onMaxKeys === undefined) return add
  return (key, value, accumulator) => {
    try {
      add(key, value, accumulator)
    } catch (cause) {
      noRoom(accumulator, onMaxKeys, at, [key, value], cause)
    }
  }
}

const append = (values: Array<unknown>, value: unknown): Array<unknown> => {
  values.push(value)
  return values
}

const reduce = (f: AnyFunction, at: number): PushItem => (item, accumulator) => {
  if (accumulator.present) {
    accumulator.step = at
    accumulator.value = f(accumulator.value, item)
  } else {
    accumulator.value = item
    accumulator.present = true
  }
}

const keyed = (steps: ReadonlyArray<Step>, encode: Encode, first: AnyFunction, merge: AnyFunction): Next => {
  const known = atEnd(steps, encode)
  return {
    pair: known.encode === undefined
      ? byKey(steps.length, first, merge)
      : byEncodedKey(steps.length, known.step, known.encode, first, merge)
  }
}

const byKey = (at: number, first: AnyFunction, merge: AnyFunction): PushPair => (key, value, accumulator) => {
  accumulator.step = at
  const map = accumulator.map!
  const found: Entry | undefined = map.get(key)
  if (found !== undefined) found.v = merge(found.v, value)
  else {
    const entry: Entry = { k: newKey(key), v: first(value) }
    map.set(key, entry)
    accumulator.out.push(entry)
  }
}

const byEncodedKey = (
  at: number,
  encodeAt: number,
  encode: AnyFunction,
  first: AnyFunction,
  merge: AnyFunction
): PushPair =>
(key, value, accumulator) => {
  const map = accumulator.map!
  accumulator.step = encodeAt
  const encoded = encode(key)
  accumulator.step = at
  const found: Entry | undefined = map.get(encoded)
  if (found !== undefined) found.v = merge(found.v, value)
  else {
    newEncodedKey(encoded)
    const entry: Entry = { k: key, v: first(value) }
    map.set(encoded, entry)
    accumulator.out.push(entry)
  }
}
