// @effect-diagnostics missingEffectContext:off
/** What must not compile. Every line below an expectation is wrong; where one becomes right, the expectation fails. */
import { describe, it } from "@effect/vitest"
import { type Batch, BatchSink, DeadLetters, DStream, Key, Pipeline } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import { Context, Effect, Layer, Schema } from "effect"

class Prices extends Context.Service<Prices, (n: number) => string>()("test/Prices") {}
class Other extends Context.Service<Other, string>()("test/Other") {}

const words = DStream.fromIterable({ name: "words" }, ["to", "be"])
const numbers = DStream.fromIterable({ name: "numbers" }, [1, 2])
const counts = words.pipe(DStream.map((word) => [word, 1]))
const priced = DStream.mapEffect(numbers, (n) => Effect.map(Prices, (price) => price(n)))
const needy = Pipeline.make("p", {
  batchInterval: "1 second",
  outputs: [DStream.foreachBatch(priced, "priced", () => Effect.void)]
})

/** Checked and never called. */
const never = (_: () => unknown): void => {}

describe("the type checker refuses", () => {
  it("a keyed operator on a stream without keys", () => {
    // @ts-expect-error a string is no pair
    words.pipe(DStream.reduceByKey((left, _right) => left))
    // @ts-expect-error a string is no pair
    DStream.groupByKey(words)
    // @ts-expect-error a number is no pair
    numbers.pipe(DStream.mapValues((value) => value))
    // @ts-expect-error a string is no pair
    words.pipe(DStream.combineByKey({ createCombiner: () => 0, mergeValue: (count) => count + 1 }))
  })

  it("a property that is not there", () => {
    // @ts-expect-error a string has a length
    words.pipe(DStream.map((word) => word.size))
    // @ts-expect-error a number has no length
    numbers.pipe(DStream.filter((n) => n.length > 0))
    // @ts-expect-error the values are numbers
    counts.pipe(DStream.mapValues((count) => count.toUpperCase()))
    // @ts-expect-error a batch has items
    DStream.foreachBatch(words, "out", (batch) => Effect.succeed(batch.records))
  })

  it("a reducer that gives something else", () => {
    // @ts-expect-error numbers become a text
    counts.pipe(DStream.reduceByKey((left, right) => `${left}${right}`))
    // @ts-expect-error texts become a number
    words.pipe(DStream.reduce((left, right) => left.length + right.length))
    // @ts-expect-error texts become a number
    DStream.reduce(words, (left, right) => left.length + right.length)
    // @ts-expect-error the combiner is a number
    counts.pipe(DStream.combineByKey({ createCombiner: (n) => n, mergeValue: (sum, n) => `${sum}${n}` }))
    // @ts-expect-error a pair becomes half of one
    counts.pipe(DStream.reduce(([word]) => [word]))
  })

  it("a key that is an object, without an encoding", () => {
    // @ts-expect-error an object is no key
    words.pipe(DStream.keyBy((word) => ({ word })))
    // @ts-expect-error an object is no key
    DStream.keyBy(words, (word) => ({ word }))
    // @ts-expect-error an object is no key
    words.pipe(DStream.map((word) => [{ word }, 1]), DStream.reduceByKey((left) => left))
    // @ts-expect-error undefined is no key
    words.pipe(DStream.keyBy((word) => word === "" ? undefined : word))
    // @ts-expect-error objects are no values to count
    words.pipe(DStream.map((word) => ({ word })), DStream.countByValue)
    const keyed = words.pipe(DStream.keyBy((word) => ({ word }), { encode: ({ word }) => word }))
    // @ts-expect-error the encoding is lost where a new object is made
    keyed.pipe(DStream.map(([{ word }, value]) => [{ word }, value]), DStream.groupByKey)
  })

  it("an encoding of another key, or one that gives an object", () => {
    const encode = Key.fromSchema(Schema.Struct({ shop: Schema.String }))
    // @ts-expect-error the key has no shop
    words.pipe(DStream.keyBy((word) => ({ word }), { encode }))
    // @ts-expect-error the key has no shop
    DStream.keyBy(words, (word) => ({ word }), { encode })
    // @ts-expect-error the key has no shop
    words.pipe(DStream.keyBy((word) => ({ word }), { encode: ({ shop }) => shop }))
    // @ts-expect-error an encoded key is a primitive
    words.pipe(DStream.keyBy((word) => ({ word }), { encode: (key) => key }))
  })

  it("what cannot be iterated over or cut", () => {
    // @ts-expect-error a number is not iterable
    words.pipe(DStream.flatMap((word) => word.length))
    // @ts-expect-error a promise is not iterable
    words.pipe(DStream.flatMap(async (word) => [word]))
    // @ts-expect-error a number is not iterable
    counts.pipe(DStream.flatMapValues((count) => count))
    // @ts-expect-error a number cannot be cut
    numbers.pipe(DStream.split(","))
    // @ts-expect-error a batch becomes a list
    words.pipe(DStream.mapBatch((items) => items.length))
    // @ts-expect-error a batch becomes a list
    words.pipe(DStream.transform(() => undefined))
  })

  it("a promise where an effect is asked for", () => {
    // @ts-expect-error a promise is no effect
    DStream.foreachBatch(words, "out", async () => {})
    // @ts-expect-error a promise is no effect
    words.pipe(DStream.foreachBatch("out", async (batch) => console.log(batch)))
    // @ts-expect-error a promise is no effect
    words.pipe(DStream.mapEffect(async (word) => word))
    // @ts-expect-error a promise is no effect
    words.pipe(DStream.transformEffect(async (items) => items))
    // @ts-expect-error a promise is no effect
    BatchSink.make(async () => {})
    // @ts-expect-error nothing is no effect
    DStream.foreachBatch(words, "out", () => {})
  })

  it("a sink for something else, and an output without a name", () => {
    const sink = BatchSink.make((batch: Batch.Batch<number>) => Effect.succeed(batch))
    // @ts-expect-error the sink takes numbers
    DStream.to(words, "out", sink)
    // @ts-expect-error the sink takes numbers
    words.pipe(DStream.to("out", sink))
    // @ts-expect-error an output has a name
    DStream.to(numbers, sink)
    // @ts-expect-error a stream is no output
    Pipeline.make("p", { batchInterval: "1 second", outputs: [words] })
    // @ts-expect-error an interval is a duration
    Pipeline.make("p", { batchInterval: "1 minutes minutes", outputs: [] })
    // @ts-expect-error a receiver has a name
    DStream.fromIterable({}, [1])
  })

  it("a run without a service that it needs", () => {
    // @ts-expect-error Prices is missing
    never(() => Effect.runPromise(Pipeline.run(needy)))
    // @ts-expect-error Prices is missing
    never(() => Effect.runFork(Effect.provideService(Pipeline.run(needy), Other, "other")))
    // @ts-expect-error Prices is missing
    never(() => Layer.launch(Pipeline.layer(needy)).pipe(Effect.runPromise))
    // @ts-expect-error Prices is missing
    never(() => runMain(needy))
    // @ts-expect-error the layer gives something else
    never(() => runMain(needy, { layer: Layer.succeed(Other, "other") }))
    never(() => runMain(needy, { layer: Layer.succeed(Prices, (n) => `${n}`) }))
    never(() => Effect.runPromise(Effect.provideService(Pipeline.run(needy), Prices, (n) => `${n}`)))
  })

  it("by the service that is missing, not by what an effect has: runMain takes one or the other, in one signature", () => {
    const main = (either: Pipeline.Pipeline<string, never> | Effect.Effect<number, string>) => runMain(either)
    never(() => main(Effect.succeed(1)))
  })

  it("what is known not to infer: literals fixed by as const", () => {
    // @ts-expect-error the value is 1, and 2 is not
    words.pipe(DStream.map((word) => [word, 1] as const), DStream.reduceByKey((left, right) => left + right))
  })

  it("a pipeline that sets records aside and has nowhere to keep them", () => {
    const parsed = DStream.onError(DStream.map(words, (word) => word.length), "dead-letter")
    const pipeline = Pipeline.make("p", {
      batchInterval: "1 second",
      outputs: [DStream.foreachBatch(parsed, "out", () => Effect.void)]
    })
    // @ts-expect-error DeadLetters is missing
    never(() => runMain(pipeline))
    never(() => runMain(pipeline, { layer: DeadLetters.layerMemory }))
  })
})
