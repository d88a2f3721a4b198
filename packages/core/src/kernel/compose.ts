/** Back end 2: closures, composed from the aggregation back to the first step, for where code may not be generated. */
import { endOf, type Next, type PushItem, type PushPair } from "./composeEnd.ts"
import { checkedKey, notText, toArray } from "./guard.ts"
import { type Accumulator, type Kernel, StepFailure } from "./Kernel.ts"
import type { Aggregation, AnyFunction, OnError, Step } from "./Step.ts"

export const compose = (
  steps: ReadonlyArray<Step>,
  aggregation: Aggregation,
  encode: AnyFunction | undefined
): Kernel["run"] => {
  let next = endOf(steps, aggregation, encode)
  for (let index = steps.length - 1; index >= 0; index--) next = before(steps[index]!, index, next)
  const first = takesItem(next, 0)
  return (segment, from, to, accumulator) => {
    let i = from
    try {
      for (; i < to; i++) first(segment[i], accumulator)
    } catch (cause) {
      throw new StepFailure(accumulator.step, i, cause)
    }
  }
}

/** `at` is the step that asks for a pair, to which an item that is none belongs. */
const takesItem = (next: Next, at: number): PushItem => {
  if (next.item !== undefined) return next.item
  const { pair } = next
  return (item, accumulator) => {
    accumulator.step = at
    pair(item[0], item[1], accumulator)
  }
}

const takesPair = (next: Next): PushPair => {
  if (next.pair !== undefined) return next.pair
  const { item } = next
  return (key, value, accumulator) => item([key, value], accumulator)
}

const before = (step: Step, at: number, next: Next): Next => {
  if (step.onError !== undefined) return guarded(step, step.onError, at, next)
  switch (step.op) {
    case "map":
    case "filter":
    case "flatMap":
      return { item: perItem(step.op, step.f, at, takesItem(next, at + 1)) }
    case "split":
      return { item: split(step.separator, at, takesItem(next, at + 1)) }
    case "keyBy": {
      const { f } = step
      const push = takesPair(next)
      return {
        item: (item, accumulator) => {
          accumulator.step = at
          push(f(item), item, accumulator)
        }
      }
    }
    case "mapValues":
    case "flatMapValues":
      return { pair: perValue(step.op, step.f, at, takesPair(next)) }
  }
}

const perItem = (
  op: "map" | "filter" | "flatMap",
  f: AnyFunction,
  at: number,
  push: PushItem
): PushItem => {
  switch (op) {
    case "map":
      return (item, accumulator) => {
        accumulator.step = at
        push(f(item), accumulator)
      }
    case "filter":
      return (item, accumulator) => {
        accumulator.step = at
        if (f(item)) push(item, accumulator)
      }
    case "flatMap":
      return (item, accumulator) => {
        accumulator.step = at
        const items = toArray(f(item))
        for (let i = 0; i < items.length; i++) push(items[i], accumulator)
      }
  }
}

const split = (separator: string, at: number, push: PushItem): PushItem => {
  const { length } = separator
  return (text, accumulator) => {
    accumulator.step = at
    if (typeof text !== "string") throw notText(text)
    for (let start = 0, end = 0; end >= 0; start = end + length) {
      end = text.indexOf(separator, start)
      push(end < 0 ? text.slice(start) : text.slice(start, end), accumulator)
    }
  }
}

const perValue = (
  op: "mapValues" | "flatMapValues",
  f: AnyFunction,
  at: number,
  push: PushPair
): PushPair =>
  op === "mapValues"
    ? (key, value, accumulator) => {
      accumulator.step = at
      push(key, f(value), accumulator)
    }
    : (key, value, accumulator) => {
      accumulator.step = at
      const values = toArray(f(value))
      for (let i = 0; i < values.length; i++) push(key, values[i], accumulator)
    }

/** Stands for what a function gave that threw. */
const threw = Symbol("threw")

/** A call that leaves the item where it belongs instead of throwing. */
const attempt = (f: AnyFunction, onError: OnError, at: number, pair: boolean) =>
  (first: any, second: any, accumulator: Accumulator): any => {
    accumulator.step = at
    try {
      return f(pair ? second : first)
    } catch (cause) {
      if (onError === "drop") accumulator.refused.drop(at)
      else accumulator.refused.bury(at, pair ? [first, second] : first, cause)
      return threw
    }
  }

/** As `before`, for a step that goes on after its function threw. */
const guarded = (step: Step, onError: OnError, at: number, next: Next): Next => {
  switch (step.op) {
    case "map":
    case "filter":
    case "flatMap":
      return { item: guardedItem(step.op, attempt(resultOf(step), onError, at, false), takesItem(next, at + 1)) }
    case "split":
      return { item: guardedItem("flatMap", attempt(resultOf(step), onError, at, false), takesItem(next, at + 1)) }
    case "keyBy": {
      const call = attempt(resultOf(step), onError, at, false)
      const push = takesPair(next)
      return {
        item: (item, accumulator) => {
          const key = call(item, undefined, accumulator)
          if (key !== threw) push(key, item, accumulator)
        }
      }
    }
    case "mapValues":
    case "flatMapValues":
      return { pair: guardedValue(step.op, attempt(resultOf(step), onError, at, true), takesPair(next)) }
  }
}

/** All that a step does before it passes on, so that all of it is tried. */
const resultOf = (step: Step): AnyFunction => {
  switch (step.op) {
    case "map":
    case "filter":
    case "mapValues":
      return step.f
    case "flatMap":
    case "flatMapValues":
      return (item) => toArray(step.f(item))
    case "keyBy":
      return checkedKey(step.f, step.encode)
    case "split":
      return (text) => {
        if (typeof text !== "string") throw notText(text)
        return text.split(step.separator)
      }
  }
}

type Call = ReturnType<typeof attempt>

const guardedItem = (op: "map" | "filter" | "flatMap", call: Call, push: PushItem): PushItem =>
  (item, accumulator) => {
    const result = call(item, undefined, accumulator)
    if (result === threw) return
    if (op === "map") push(result, accumulator)
    else if (op === "filter") {
      if (result) push(item, accumulator)
    } else {
      for (let i = 0; i < result.length; i++) push(result[i], accumulator)
    }
  }

const guardedValue = (op: "mapValues" | "flatMapValues", call: Call, push: PushPair): PushPair =>
  (key, value, accumulator) => {
    const result = call(key, value, accumulator)
    if (result === threw) return
    if (op === "mapValues") push(key, result, accumulator)
    else for (let i = 0; i < result.length; i++) push(key, result[i], accumulator)
  }
