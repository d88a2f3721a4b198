import { assert, describe, it } from "@effect/vitest"
import { Decoder, DStream, InvalidPipeline, Pipeline, Receiver } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Cause, Effect, Option, Result, Schedule } from "effect"
import { batchesOf } from "./support.ts"

/** A receiver that hands one payload over for each batch, and counts how often it was opened. */
const scripted = <A>(name: string, batches: ReadonlyArray<ReadonlyArray<A>>) => {
  const life = { opened: 0, closed: 0 }
  const receiver = Receiver.perBatch({
    name,
    initialRate: Infinity,
    open: () =>
      Effect.gen(function*() {
        life.opened++
        yield* Effect.addFinalizer(() => Effect.sync(() => void life.closed++))
        let next = 0
        return () =>
          Effect.sync(() => {
            const payload = batches[next++]
            return payload === undefined ? Option.none() : Option.some({ payload, records: payload.length, bytes: 0 })
          })
      })
  })
  return { life, receiver }
}

describe("fromReceiver", () => {
  it.effect("gives what the receiver hands over, batch by batch, empty ones too", () =>
    Effect.gen(function*() {
      const { receiver } = scripted("r", [[1, 2], [], [3]])
      const out = yield* TestPipeline.run([[], [], []], () => DStream.fromReceiver(receiver))
      assert.deepStrictEqual(out.map(({ items }) => items), [[1, 2], [], [3]])
    }))

  it.effect("opens a receiver once per run, however often it is used, and closes it", () =>
    Effect.gen(function*() {
      const { life, receiver } = scripted("r", [[1], [2]])
      const stream = DStream.fromReceiver(receiver)
      const out = yield* TestPipeline.run([[], []], () =>
        DStream.unionAll([stream, stream, DStream.fromReceiver(receiver), DStream.count(stream)]))
      assert.deepStrictEqual(out.map(({ items }) => items), [[1, 1, 1, 1], [2, 2, 2, 1]])
      assert.deepStrictEqual(life, { opened: 1, closed: 1 })
    }))

  it.effect("opens it anew for every run: the description remembers nothing", () =>
    Effect.gen(function*() {
      const { life, receiver } = scripted("r", [[1]])
      const out = yield* batchesOf([[]], () => DStream.fromReceiver(receiver))
      assert.deepStrictEqual(out.map(({ items }) => items), [[1]])
      assert.deepStrictEqual(life, { opened: 2, closed: 2 })
    }))

  it.effect("opens nothing when nobody reads it", () =>
    Effect.gen(function*() {
      const { life, receiver } = scripted("r", [[1]])
      DStream.fromReceiver(receiver)
      yield* TestPipeline.run([[1]], (input) => input)
      assert.deepStrictEqual(life, { opened: 0, closed: 0 })
    }))

  it.effect("cuts chunks into records inside of the loop, as the receiver's decoder says", () =>
    Effect.gen(function*() {
      const chunks = [["a\nb"], [], ["c", "d\n"]]
      let next = 0
      const receiver = Receiver.perBatch({
        name: "chunks",
        decoder: Decoder.split("\n"),
        open: () =>
          Effect.succeed(() =>
            Effect.sync(() => {
              const payload = chunks[next++]
              return payload === undefined ? Option.none() : Option.some({ payload, records: payload.length, bytes: 1 })
            })
          )
      })
      const out = yield* TestPipeline.run([[], [], []], () => DStream.fromReceiver(receiver))
      assert.deepStrictEqual(out.map(({ items }) => items), [["a", "b"], [], ["c", "d", ""]])
    }))

  // Skipped while the run looks for a failure before it was written down: see receive and supervised in runtime.
  it.live("fails the pipeline when a receiver that is asked per batch has failed for good", () =>
    Effect.gen(function*() {
      const receiver = Receiver.perBatch({
        name: "broken",
        restart: Schedule.recurs(1),
        open: () => Effect.succeed(() => Effect.fail("cut off" as const))
      })
      const output = DStream.foreachBatch(DStream.fromReceiver(receiver), "out", () => Effect.void)
      const { reason } = yield* Effect.flip(
        Pipeline.run(Pipeline.make("p", { batchInterval: "20 millis", outputs: [output] }))
      )
      assert(reason._tag === "ReceiverFailed")
      assert.deepStrictEqual([reason.receiver, reason.cause], ["broken", Cause.fail("cut off" as const)])
    }))

  it("two receivers of one name are refused before anything runs", () => {
    const output = DStream.union(
      DStream.fromReceiver(scripted("same", [[1]]).receiver),
      DStream.fromReceiver(scripted("same", [[1]]).receiver)
    ).pipe(DStream.foreachBatch("out", () => Effect.void))
    const compiled = Pipeline.compile(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }))
    assert(Result.isFailure(compiled))
    assert(compiled.failure instanceof InvalidPipeline)
    assert.deepStrictEqual(compiled.failure.problems, [{ _tag: "DuplicateName", of: "receiver", name: "same" }])
  })

  it("is a stream, and a description that nothing has run", () => {
    const { life, receiver } = scripted("r", [[1]])
    const stream = DStream.fromReceiver(receiver)
    assert.isTrue(DStream.isDStream(stream))
    assert.isFalse(DStream.isDStream(receiver))
    assert.strictEqual(life.opened, 0)
  })
})
