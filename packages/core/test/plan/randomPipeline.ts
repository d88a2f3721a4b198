/** Pipelines out of a list of numbers, so that a failing one shrinks. */
import * as Effect from "effect/Effect"
import * as BatchSink from "../../src/dstream/BatchSink.ts"
import * as Decoder from "../../src/dstream/Decoder.ts"
import type { AnyDStream } from "../../src/dstream/Node.ts"
import * as Pipeline from "../../src/dstream/Pipeline.ts"
import * as Receiver from "../../src/dstream/Receiver.ts"
import * as Table from "../../src/dstream/Table.ts"
import * as DStream from "../../src/DStream.ts"
import * as Stream from "effect/Stream"

/** What is known of a stream: whether its items are text, numbers, lists, or pairs and how these are keyed. */
type Shape = "text" | "number" | "list" | "pair" | "encodedPair"

interface Known {
  readonly stream: AnyDStream
  readonly shape: Shape
  /** How many joins are above it; set by `pipelineOf`. */
  readonly joins?: number
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

const inPartitions: ReadonlyArray<Operator> = [
  ({ shape, stream }, salt) => ({ stream: DStream.repartition(stream, 1 + salt % 4), shape }),
  ({ stream }) => ({ stream: DStream.glom(stream), shape: "list" }),
  ({ shape, stream }) => ({
    stream: DStream.mapPartitions(stream, (items) => items.toReversed()),
    shape: unkeyed(shape)
  }),
  ({ stream }, salt) => ({
    stream: DStream.mapPartitions(stream, (items) => [items.length, sum([items, salt]) % 23]),
    shape: "number"
  }),
  // Some of its parts are cut, and some are not.
  ({ shape, stream }, salt) => {
    const part = (number: number) => DStream.filter(stream, (item) => sum([item, salt]) % 3 === number)
    const uncut = DStream.union(part(0), part(1))
    const cut = DStream.repartition(part(2), 1 + salt % 3)
    return { stream: salt % 2 === 0 ? DStream.union(uncut, cut) : DStream.union(cut, uncut), shape }
  }
]

const primitiveRows = [[0, "zero"], [1, "one"], ["k0", 7], [1, "uno"], ["0", "text"], ["w1", 1], [3, "three"], ["k2", 9]] as const
const encodedRows = [[{ part: 0 }, "a"], [{ part: 2 }, "b"], [{ part: 2 }, "c"], [{ part: 9 }, "d"]] as const

const rowsFor = (shape: Shape) => (shape === "encodedPair" ? encodedRows : primitiveRows) as Iterable<readonly [any, unknown]>

const loadedFor = (shape: Shape, salt: number) =>
  Table.load({
    name: "loaded",
    load: Effect.sync(() => rowsFor(shape)),
    refresh: salt % 2 === 0 ? "never" : "batch"
  })

const withTables: ReadonlyArray<Operator> = [
  ({ shape, stream }) =>
    isPair(shape) ? { stream: DStream.joinTable(stream, rowsFor(shape)), shape } : undefined,
  ({ shape, stream }, salt) =>
    isPair(shape) ? { stream: DStream.joinTable(stream, loadedFor(shape, salt)), shape } : undefined,
  ({ shape, stream }) =>
    isPair(shape) ? { stream: DStream.leftOuterJoinTable(stream, rowsFor(shape)), shape } : undefined,
  ({ shape, stream }, salt) =>
    isPair(shape) ? { stream: DStream.leftOuterJoinTable(stream, loadedFor(shape, salt)), shape } : undefined
]

const bad = new Error("an item that cannot be taken")

/** Throws for some items, before or after it has done its work. */
const risky = <A extends ReadonlyArray<any>, B>(f: (...given: A) => B, salt: number) => (...given: A): B => {
  const risk = sum([given, salt]) % 9
  if (risk === 0) throw bad
  const result = f(...given)
  if (risk === 1) throw bad
  return result
}

function* breaking(item: unknown): Generator<number> {
  yield sum(item) % 11
  if (sum([item]) % 3 === 0) throw bad
}

/** Steps that cannot take every item. */
const failing: ReadonlyArray<Operator> = [
  ({ stream }, salt) => ({ stream: DStream.map(stream, risky((item) => sum(item) % 17, salt)), shape: "number" }),
  ({ shape, stream }, salt) => ({ stream: DStream.filter(stream, risky((item) => sum(item) % 3 > 0, salt)), shape }),
  ({ stream }, salt) =>
    ({ stream: DStream.flatMap(stream, risky((item: unknown) => [`a${sum(item) % 3} b`, "w"], salt)), shape: "text" }),
  ({ stream }) => ({ stream: DStream.flatMap(stream, breaking), shape: "number" }),
  ({ stream }) => ({ stream: DStream.split(stream, " "), shape: "text" }),
  ({ stream }, salt) => ({ stream: DStream.keyBy(stream, risky((item) => sum(item) % 4, salt)), shape: "pair" }),
  ({ stream }, salt) => ({
    stream: DStream.keyBy(stream, risky((item): Key => ({ part: sum(item) % 3 }), salt), { encode }),
    shape: "encodedPair"
  }),
  ({ stream }, salt) => ({
    stream: DStream.mapEffect(stream, risky((item) =>
      sum([salt, item]) % 4 === 0 ? Effect.fail("no answer") : Effect.succeed(sum(item) % 13), salt)),
    shape: "number"
  }),
  ({ shape, stream }, salt) =>
    isPair(shape) ? { stream: DStream.mapValues(stream, risky((value) => sum(value) % 19, salt)), shape } : undefined,
  ({ shape, stream }) => isPair(shape) ? { stream: DStream.flatMapValues(stream, breaking), shape } : undefined
]

/** The same, with what becomes of those items. */
const troubled = failing.map((operator): Operator => (known, salt) => {
  const made = operator(known, salt)
  const policy = salt % 3 === 0 ? "drop" : "dead-letter"
  return made === undefined ? undefined : { ...made, stream: DStream.onError(made.stream, policy) }
})

const operators = [...troubled, ...perItem, ...keyed, ...keyed, ...aggregating, ...perBatch, ...inPartitions]

/** Mostly what only pairs can have done to them. */
const onPairs = [...keyed.slice(3), ...keyed.slice(3), ...aggregating.slice(3), ...withTables, ...inPartitions, ...perItem.slice(3, 5), ...troubled.slice(8), ...operators]

/** The operator at `place`, or the next that this stream can have. */
const operated = (known: Known, place: number, salt: number): Known | undefined => {
  const choice = isPair(known.shape) ? onPairs : operators
  for (let i = 0; i < choice.length; i++) {
    const made = choice[(place + i) % choice.length]!(known, salt)
    if (made !== undefined) return made
  }
  return undefined
}

const together = (left: Known, right: Known, salt: number): Known | undefined => {
  if (salt % 2 === 0 && isPair(left.shape)) return joined(left, right, salt)
  if (left.shape !== right.shape) return undefined
  if (salt % 3 > 0) return { stream: DStream.union(left.stream, right.stream), shape: left.shape }
  return {
    stream: DStream.transformWith(left.stream, right.stream, (a, b) => [...b, ...a].slice(0, 12)),
    shape: unkeyed(left.shape)
  }
}

const joins: ReadonlyArray<(left: AnyDStream, right: AnyDStream) => AnyDStream> = [
  DStream.join,
  DStream.leftOuterJoin,
  DStream.rightOuterJoin,
  DStream.fullOuterJoin,
  DStream.cogroup
]

/** Whatever is on the right gets keys as they are on the left. */
const joined = (left: Known, right: Known, salt: number): Known => {
  const keyed = left.shape === right.shape
    ? right.stream
    : left.shape === "encodedPair"
    ? DStream.keyBy(right.stream, (item): Key => ({ part: sum([item, salt]) % 4 }), { encode })
    : DStream.keyBy(right.stream, (item) => sum([item, salt]) % 5)
  const join = joins[Math.floor(salt / 2) % joins.length]!
  return { stream: join(small(left.stream, left), small(keyed, right)), shape: left.shape }
}

/** A product of products would have no bound: one value is left of each key before it is joined again. */
const small = (stream: AnyDStream, { joins = 0 }: Known): AnyDStream => {
  if (joins === 0) return stream
  const numbers: AnyDStream = DStream.mapValues(stream, (value) => sum(value) % 19)
  return DStream.reduceByKey(numbers, combine)
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
    const other = choice % 7 === 0 ? streams[salt % 11 % streams.length]! : undefined
    const made = other === undefined
      ? operated(known, Math.floor(choice / 7) % 1_000, salt)
      : together(known, other, salt)
    if (made === undefined) return
    streams.push({ ...made, joins: (known.joins ?? 0) + (other === undefined ? 0 : 1 + (other.joins ?? 0)) })
  })
  const chosen = streams.filter((_, index) => index === streams.length - 1 || index % 8 === 5)
  return Pipeline.make("random", {
    batchInterval: "1 second",
    outputs: chosen.map(({ stream }, index) => DStream.to(stream, `output ${index}`, BatchSink.make(() => Effect.void)))
  })
}
