/** Pipelines out of a list of numbers, so that a failing one shrinks. */
import * as Effect from "effect/Effect"
import * as BatchSink from "../../src/dstream/BatchSink.ts"
import * as Decoder from "../../src/dstream/Decoder.ts"
import type { AnyDStream } from "../../src/dstream/Node.ts"
import * as Pipeline from "../../src/dstream/Pipeline.ts"
import * as Receiver from "../../src/dstream/Receiver.ts"
import * as DStream from "../../src/DStream.ts"
import * as Stream from "effect/Stream"

/** What is known of a stream: whether its items are text, numbers, lists, or pairs and how these are keyed. */
type Shape = "text" | "number" | "list" | "pair" | "encodedPair"

interface Known {
  readonly stream: AnyDStream
  readonly shape: Shape
}

const receiver = (name: string, decoder: Decoder.Decoder<string, string>) =>
  Receiver.make<string, string>({ name, decoder, open: () => Effect.succeed(Stream.empty) })

export const receivers = {
  texts: receiver("texts", Decoder.identity()),
  chunks: receiver("chunks", Decoder.split("\n")),
  parsed: receiver("parsed", Decoder.flatMap((chunk) => chunk.split("o")))
}

export interface Key {
  readonly part: number
}

export const encode = (key: Key) => `key ${key.part}`

const sum = (item: unknown): number => {
  let total = 7
  for (const character of JSON.stringify(item)) total = (total * 31 + character.charCodeAt(0)) % 10_007
  return total
}

const combine = (left: any, right: any): any => {
  if (typeof left === "number" && typeof right === "number") return (left * 31 + right) % 1_009
  return `${JSON.stringify(left)}+${JSON.stringify(right)}`.slice(-30)
}

/** `salt` makes two operators of a kind differ. Text combined may be text, numbers stay numbers, and so on. */
type Operator = (known: Known, salt: number) => Known | undefined

const isPair = (shape: Shape) => shape === "pair" || shape === "encodedPair"

function* twice(item: unknown): Generator<number> {
  yield sum(item) % 11
  yield sum([item]) % 11
}

const perItem: ReadonlyArray<Operator> = [
  ({ stream }, salt) => ({ stream: DStream.map(stream, (item) => sum([item, salt]) % 17), shape: "number" }),
  ({ stream }, salt) => ({
    stream: DStream.map(stream, (item) => `w${sum(item) % 5} ${sum([item, salt]) % 7}`),
    shape: "text"
  }),
  ({ stream }, salt) => ({ stream: DStream.map(stream, (item) => [sum([item, salt]) % 4, item]), shape: "pair" }),
  ({ shape, stream }, salt) => ({ stream: DStream.filter(stream, (item) => sum([item, salt]) % 3 !== 0), shape }),
  ({ shape, stream }, salt) => ({ stream: DStream.filter(stream, (item) => sum([item, salt]) % 2 === 0), shape }),
  ({ stream }, salt) => ({
    stream: DStream.flatMap(stream, (item) => Array.from({ length: sum(item) % 3 }, (_, i) => `${i}${salt % 3}`)),
    shape: "text"
  }),
  ({ stream }) => ({ stream: DStream.flatMap(stream, twice), shape: "number" }),
  ({ shape, stream }) => shape === "text" ? { stream: DStream.flatMap(stream, (text) => text), shape } : undefined,
  ({ shape, stream }, salt) =>
    shape === "text" ? { stream: DStream.split(stream, salt % 2 === 0 ? " " : "w1"), shape } : undefined
]

const keyed: ReadonlyArray<Operator> = [
  ({ stream }, salt) => ({ stream: DStream.keyBy(stream, (item) => sum([item, salt]) % 4), shape: "pair" }),
  ({ stream }, salt) => ({ stream: DStream.keyBy(stream, (item) => `k${sum([item, salt]) % 3}`), shape: "pair" }),
  ({ stream }, salt) => ({
    stream: DStream.keyBy(stream, (item): Key => ({ part: sum([item, salt]) % 3 }), { encode }),
    shape: "encodedPair"
  }),
  ({ shape, stream }, salt) =>
    isPair(shape) ? { stream: DStream.mapValues(stream, (value) => sum([value, salt]) % 19), shape } : undefined,
  ({ shape, stream }, salt) =>
    isPair(shape)
      ? { stream: DStream.flatMapValues(stream, (value) => [value, salt].slice(sum(value) % 3)), shape }
      : undefined,
  ({ shape, stream }) => isPair(shape) ? { stream: DStream.flatMapValues(stream, twice), shape } : undefined
]

const aggregating: ReadonlyArray<Operator> = [
  ({ stream }) => ({ stream: DStream.count(stream), shape: "number" }),
  ({ shape, stream }) =>
    shape === "text" || shape === "number" ? { stream: DStream.countByValue(stream), shape: "pair" } : undefined,
  ({ shape, stream }) => isPair(shape) ? undefined : { stream: DStream.reduce(stream, combine), shape: "list" },
  ({ shape, stream }) => isPair(shape) ? { stream: DStream.groupByKey(stream), shape } : undefined,
  ({ shape, stream }) => isPair(shape) ? { stream: DStream.reduceByKey(stream, combine), shape } : undefined,
  ({ shape, stream }) =>
    isPair(shape)
      ? {
        stream: DStream.combineByKey(stream, {
          createCombiner: (value: unknown): ReadonlyArray<unknown> => [value],
          mergeValue: (values, value) => [...values, value]
        }),
        shape
      }
      : undefined
]

const perBatch: ReadonlyArray<Operator> = [
  ({ shape, stream }) => ({ stream: DStream.mapBatch(stream, (items) => items.toReversed()), shape: unkeyed(shape) }),
  ({ shape, stream }) => ({
    stream: DStream.transform(stream, (items, time) => items.slice(time % 7)),
    shape: unkeyed(shape)
  }),
  ({ stream }) => ({ stream: DStream.mapEffect(stream, (item) => Effect.succeed(sum(item) % 13)), shape: "number" }),
  ({ shape, stream }) => ({
    stream: DStream.transformEffect(stream, (items) => Effect.succeed(items.slice(0, 9))),
    shape: unkeyed(shape)
  })
]

/** Behind a whole-batch function nothing is known of an encoding. */
const unkeyed = (shape: Shape): Shape => shape === "encodedPair" ? "list" : shape

const operators = [...perItem, ...keyed, ...keyed, ...aggregating, ...perBatch]

/** Mostly what only pairs can have done to them. */
const onPairs = [...keyed.slice(3), ...keyed.slice(3), ...aggregating.slice(3), ...perItem.slice(3, 5), ...operators]

/** The operator at `place`, or the next that this stream can have. */
const operated = (known: Known, place: number, salt: number): Known | undefined => {
  const choice = isPair(known.shape) ? onPairs : operators
  for (let i = 0; i < choice.length; i++) {
    const made = choice[(place + i) % choice.length]!(known, salt)
    if (made !== undefined) return made
  }
  return undefined
}

const joined = (left: Known, right: Known, salt: number): Known | undefined => {
  if (left.shape !== right.shape) return undefined
  if (salt % 3 > 0) return { stream: DStream.union(left.stream, right.stream), shape: left.shape }
  return {
    stream: DStream.transformWith(left.stream, right.stream, (a, b) => [...b, ...a].slice(0, 12)),
    shape: unkeyed(left.shape)
  }
}

/** Spreads small numbers, which generators like and shrinking ends at, over all choices. */
const spread = (gene: number, index: number): number => {
  const mixed = Math.imul(gene + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)
  return ((mixed >>> 15) ^ mixed) >>> 4
}

/**
 * Every number adds an operator: which one, on which of the streams so far (most often the last, so that chains grow
 * long), and how it is salted.
 */
export const pipelineOf = (genes: ReadonlyArray<number>): Pipeline.Pipeline<any, any> => {
  const streams: Array<Known> = Object.values(receivers).map((receiver) => ({
    stream: DStream.fromReceiver(receiver),
    shape: "text"
  }))
  genes.forEach((gene, index) => {
    const choice = spread(gene, index)
    const salt = Math.floor(choice / 1_000) % 100
    const known = choice % 8 === 0 ? streams[salt % streams.length]! : streams[streams.length - 1]!
    const made = choice % 7 === 0
      ? joined(known, streams[salt % 11 % streams.length]!, salt)
      : operated(known, Math.floor(choice / 7) % 1_000, salt)
    if (made !== undefined) streams.push(made)
  })
  const chosen = streams.filter((_, index) => index === streams.length - 1 || index % 8 === 5)
  return Pipeline.make("random", {
    batchInterval: "1 second",
    outputs: chosen.map(({ stream }, index) => DStream.to(stream, `output ${index}`, BatchSink.make(() => Effect.void)))
  })
}
