import { assert, describe, it } from "@effect/vitest"
import { DeadLetters, Decoder, DStream, Pipeline, Receiver, type StateStore } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Data, Effect, type Exit, Option, Result, Schema, Stream } from "effect"
import { compile } from "../../src/plan/compile.ts"
import { errorOf } from "../runtime/fixtures.ts"

class TooFar extends Data.TaggedError("TooFar") {}

const parse = (text: string): number => {
  if (text === "bad") throw new SyntaxError("no number")
  return Number(text)
}

/** What is emitted, and the letters in short. */
const runOf = <B>(
  build: (input: DStream.DStream<string>) => DStream.DStream<B, unknown, DeadLetters.DeadLetters | StateStore>,
  batches: ReadonlyArray<ReadonlyArray<string>> = [["1", "bad", "2"], ["bad"]]
) =>
  Effect.gen(function*() {
    const output = yield* TestPipeline.run(batches, build)
    const service = yield* DeadLetters.DeadLetters
    const letters = yield* service.list("test")
    const payloads = yield* Effect.forEach(letters, ({ id }) => service.read("test", id))
    return {
      items: output.map(({ items }) => items),
      letters: letters.map(({ batch, error, from, name }, index) => {
        const letter = payloads[index]
        return [batch, from, name, error.name, letter !== undefined && Option.isSome(letter) ? letter.value.payload : undefined]
      })
    }
  }).pipe(Effect.provide(DeadLetters.layerMemory))

const problemsOf = (stream: DStream.DStream<any, any, any>) =>
  Result.getOrThrow(Result.flip(compile(Pipeline.make("p", {
    batchInterval: "1 second",
    outputs: [DStream.foreachBatch(stream, "out", () => Effect.void)]
  })))).message

const input = DStream.fromIterable({ name: "input" }, ["1"])

describe("onError", () => {
  it.effect("\"dead-letter\" keeps what the step before it cannot take", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* runOf((input) => input.pipe(DStream.map(parse), DStream.onError("dead-letter"))), {
        items: [[1, 2], []],
        letters: [
          [1, "step", "map(parse)", "SyntaxError", "\"bad\""],
          [2, "step", "map(parse)", "SyntaxError", "\"bad\""]
        ]
      })
    }))

  it.effect("\"drop\" leaves it out, and \"fail\" is as if nothing were said", () =>
    Effect.gen(function*() {
      const dropped = yield* runOf((input) => DStream.onError(DStream.map(input, parse), "drop"))
      assert.deepStrictEqual(dropped, { items: [[1, 2], []], letters: [] })
      const failed = yield* Effect.exit(runOf((input) =>
        input.pipe(DStream.map(parse), DStream.onError("drop"), DStream.onError("fail"))))
      const { reason } = errorOf(failed as Exit.Exit<unknown, any>)
      assert.strictEqual(reason._tag, "StepFailed")
    }))

  it.effect("is of that step alone", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(runOf((input) =>
        input.pipe(DStream.filter(() => true), DStream.onError("drop"), DStream.map(parse))))
      const { reason } = errorOf(exit as Exit.Exit<unknown, any>)
      assert(reason._tag === "StepFailed")
      assert.strictEqual(reason.step, "map(parse)")
    }))

  it.effect("behind keyBy is also about keys that cannot be grouped by", () =>
    Effect.gen(function*() {
      const keyOf = (text: string): string => text === "bad" ? undefined as never : text
      const run = yield* runOf((input) =>
        input.pipe(DStream.keyBy(keyOf), DStream.onError("dead-letter"), DStream.groupByKey))
      assert.deepStrictEqual(run.items, [[["1", ["1"]], ["2", ["2"]]], []])
      assert.deepStrictEqual(run.letters.map(([, , name, error]) => [name, error]), [
        ["keyBy(keyOf)", "TypeError"],
        ["keyBy(keyOf)", "TypeError"]
      ])
    }))

  it.effect("behind mapEffect is about every way of failing, in the order of the items", () =>
    Effect.gen(function*() {
      const ask = (text: string) => {
        switch (text) {
          case "fails":
            return Effect.delay(Effect.fail(new TooFar()), 20)
          case "dies":
            return Effect.die("a secret")
          case "throws":
            throw new TypeError("no such thing")
          default:
            return Effect.succeed(text)
        }
      }
      const run = yield* runOf(
        (input) => DStream.onError(DStream.mapEffect(input, ask, { concurrency: 4 }), "dead-letter"),
        [["a", "fails", "dies", "b", "throws"]]
      )
      assert.deepStrictEqual(run, {
        items: [["a", "b"]],
        letters: [
          [1, "step", "mapEffect(ask)", "TooFar", "\"fails\""],
          [1, "step", "mapEffect(ask)", "string", "\"dies\""],
          [1, "step", "mapEffect(ask)", "TypeError", "\"throws\""]
        ]
      })
    }))

  it.effect("behind fromReceiver is about chunks that cannot be cut", () =>
    Effect.gen(function*() {
      const receiver = Receiver.make<number, string>({
        name: "wire",
        initialRate: Infinity,
        decoder: Decoder.flatMap((chunk) => chunk.split(",").map(parse)),
        open: () => Effect.succeed(Stream.make({ payload: ["1,2", "3,bad", "4"], records: 5, bytes: 5 }))
      })
      const seen: Array<number> = []
      const pipeline = Pipeline.make("test", {
        batchInterval: "1 second",
        outputs: [DStream.foreachBatch(
          DStream.onError(DStream.fromReceiver(receiver), "dead-letter"),
          "seen",
          (batch) => Effect.sync(() => seen.push(...batch.items))
        )]
      })
      yield* TestPipeline.virtually(TestPipeline.drive(pipeline))
      assert.deepStrictEqual(seen, [1, 2, 4])
      const letters = yield* DeadLetters.DeadLetters.use((service) => service.list("test"))
      assert.deepStrictEqual(letters.map(({ from, name }) => [from, name]), [["receiver", "wire"]])
    }).pipe(Effect.provide(DeadLetters.layerMemory)))

  it.effect("a key without room is a dead letter where onMaxKeys says so, and room that is left is taken", () =>
    Effect.gen(function*() {
      const keyed = (input: DStream.DStream<string>) => DStream.keyBy(input, (text) => text.slice(0, 1))
      const full = { name: "full", maxKeys: 2, onMaxKeys: "dead-letter" } as const
      const batches = [["a1", "b1", "c1", "a2"], ["c2", "b2", "forget b", "b3"]]
      const letters = [[1, "state", "full", "TooManyKeys"], [2, "state", "full", "TooManyKeys"]]
      const counted = yield* runOf((input) => DStream.runningCountByKey(keyed(input), full), [["a1", "b1", "c1", "a2"], ["c2", "b2"]])
      assert.deepStrictEqual(counted.items, [[["a", 2], ["b", 1]], [["b", 2]]])
      assert.deepStrictEqual(counted.letters, [
        [...letters[0]!, "[\"c\",\"c1\"]"],
        [...letters[1]!, "[\"c\",\"c2\"]"]
      ])
      const mapped = yield* runOf((input) =>
        DStream.mapWithState(keyed(input), {
          ...full,
          state: Schema.Number,
          step: (text, n = 0, key) => text === "forget b" ? [undefined] : [n + 1, `${key}${n + 1}`]
        }), batches)
      assert.deepStrictEqual(mapped.items, [["a1", "b1", "a2"], ["b2", "b3"]])
      assert.deepStrictEqual(mapped.letters.map(([, , , , payload]) => payload), ["[\"c\",\"c1\"]", "[\"c\",\"c2\"]"])
      const distinct = yield* runOf((input) => DStream.distinct(input, full), [["a", "b", "a", "c"], ["d", "b"]])
      assert.deepStrictEqual(distinct.items, [["a", "b"], []])
      assert.deepStrictEqual(distinct.letters.map(([, , , , payload]) => payload), ["\"c\"", "\"d\""])
    }))

  it("stands behind steps only, and an output of the engine's own name is refused", () => {
    const wrong: ReadonlyArray<DStream.DStream<any, any, any>> = [
      DStream.count(input),
      DStream.union(input, input),
      DStream.mapBatch(input, (items) => items),
      DStream.transformEffect(input, Effect.succeed),
      DStream.runningCountByKey(DStream.keyBy(input, (text) => text), { name: "counts" }),
      input
    ]
    for (const stream of wrong) {
      assert.include(problemsOf(DStream.onError(stream, "drop")), "policy of onError for output \"out\": it stands behind what takes no single items")
    }
    assert.include(problemsOf(DStream.onError(DStream.map(input, parse), "ignore" as never)), "\"ignore\" is neither \"fail\", \"drop\" nor")
    const taken = compile(Pipeline.make("p", {
      batchInterval: "1 second",
      outputs: [DStream.foreachBatch(input, "dead-letters", () => Effect.void)]
    }))
    assert.include(Result.getOrThrow(Result.flip(taken)).message, "the output name \"dead-letters\" belongs to")
  })
})
