import { assert, describe, it } from "@effect/vitest"
import { type Batch, BatchSink, DStream, Pipeline, PipelineError } from "@millrace/core"
import { Cause, Context, Effect, Exit } from "effect"
import { TestClock } from "effect/testing"

class Console extends Context.Service<Console, { readonly say: (text: string) => Effect.Effect<void> }>()(
  "test/Console"
) {}

const numbers = (batches: ReadonlyArray<number>) => DStream.fromIterable({ name: "numbers" }, batches)

/** Runs outputs on virtual time for as long as the input lasts. */
const run = <E, R>(
  outputs: ReadonlyArray<DStream.Output<E, R>>
): Effect.Effect<Exit.Exit<void, PipelineError<E>>, never, R> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(
      Effect.exit(Pipeline.run(Pipeline.make("p", { batchInterval: "1 second", outputs }))),
      { startImmediately: true }
    )
    for (let i = 0; i < 100 && fiber.pollUnsafe() === undefined; i++) yield* TestClock.adjust("1 second")
    const exit = fiber.pollUnsafe()
    assert(exit !== undefined && Exit.isSuccess(exit))
    return exit.value
  })

describe("foreachBatch", () => {
  for (
    const [written, output] of [
      ["data first", (f: (batch: Batch.Batch<number>) => Effect.Effect<void>) =>
        DStream.foreachBatch(numbers([1, 2]), "seen", f)],
      ["data last", (f: (batch: Batch.Batch<number>) => Effect.Effect<void>) =>
        numbers([1, 2]).pipe(DStream.foreachBatch("seen", f))]
    ] as const
  ) {
    it.effect(`is told every batch with its id and time (${written})`, () =>
      Effect.gen(function*() {
        const seen: Array<Batch.Batch<number>> = []
        const exit = yield* run([output((batch) => Effect.sync(() => void seen.push(batch)))])
        assert(Exit.isSuccess(exit))
        assert.deepStrictEqual(seen.flatMap(({ items }) => items), [1, 2])
        assert.deepStrictEqual(seen.map(({ id }) => id), seen.map((_, index) => index + 1))
        seen.forEach(({ time }, index) => assert.isAbove(time, seen[index - 1]?.time ?? 0))
      }))
  }

  it.effect("is told of empty batches too", () =>
    Effect.gen(function*() {
      const seen: Array<number> = []
      const none = DStream.filter(numbers([1, 2]), () => false)
      yield* run([DStream.foreachBatch(none, "none", ({ items }) => Effect.sync(() => void seen.push(items.length)))])
      assert.isAtLeast(seen.length, 1)
      assert(seen.every((length) => length === 0))
    }))

  it.effect("gives its effect's result to nobody", () =>
    Effect.gen(function*() {
      const exit = yield* run([DStream.foreachBatch(numbers([1]), "n", () => Effect.succeed("thrown away"))])
      assert.deepStrictEqual(exit, Exit.void)
    }))

  it.effect("outputs run in the order of the list, one after the other (OU-01)", () =>
    Effect.gen(function*() {
      const said: Array<string> = []
      const say = (name: string, millis: number) =>
        DStream.foreachBatch(numbers([1]), name, () =>
          Effect.sync(() => void said.push(`${name} begins`)).pipe(
            Effect.andThen(Effect.sleep(millis)),
            Effect.andThen(Effect.sync(() => void said.push(`${name} ends`)))
          ))
      const slow = say("slow", 30)
      yield* run([slow])
      assert.deepStrictEqual(said, ["slow begins", "slow ends"])
      said.length = 0
      const input = numbers([1])
      const both = ["first", "second"].map((name, index) =>
        DStream.foreachBatch(input, name, () =>
          Effect.delay(Effect.sync(() => void said.push(name)), index === 0 ? 30 : 1)))
      yield* run(both)
      assert.deepStrictEqual(said.slice(0, 2), ["first", "second"])
    }))

  it.effect("needs what its effect needs", () =>
    Effect.gen(function*() {
      const said: Array<string> = []
      yield* run([
        DStream.foreachBatch(numbers([7]), "say", ({ items }) =>
          Effect.flatMap(Console, (console) => console.say(items.join())))
      ]).pipe(Effect.provideService(Console, { say: (text) => Effect.sync(() => void said.push(text)) }))
      assert.deepStrictEqual(said.filter((text) => text !== ""), ["7"])
    }))

  it.effect("an effect that fails is tried again, and may show a batch twice", () =>
    Effect.gen(function*() {
      const ids: Array<number> = []
      const exit = yield* run([
        DStream.foreachBatch(numbers([1]), "flaky", ({ id }) =>
          Effect.suspend(() => ids.push(id) < 3 ? Effect.fail("not yet") : Effect.void))
      ])
      assert(Exit.isSuccess(exit))
      assert.deepStrictEqual(ids.slice(0, 3), [1, 1, 1])
    }))

  it.effect("an effect that goes on failing fails the pipeline with its error and its name", () =>
    Effect.gen(function*() {
      const exit = yield* run([DStream.foreachBatch(numbers([1]), "broken", () => Effect.fail("disk full" as const))])
      assert(Exit.isFailure(exit))
      const error = exit.cause.reasons.find(Cause.isFailReason)?.error
      assert(error instanceof PipelineError && error.reason._tag === "OutputFailed")
      assert.strictEqual(error.reason.output, "broken")
      assert.deepStrictEqual(error.reason.cause, Cause.fail("disk full" as const))
    }))

  it("is a sink that makes no promise about repeats", () => {
    const output = DStream.foreachBatch(numbers([]), "n", () => Effect.void)
    assert(BatchSink.isBatchSink(output.sink))
    assert.deepStrictEqual([output.name, output.sink.commitClass], ["n", "AtLeastOnce"])
  })

  // oxlint-disable-next-line unicorn/no-thenable -- what is tested
  for (const wrong of [undefined, Promise.resolve(), { then: () => {} }]) {
    it.effect(`a function that gives ${Object.prototype.toString.call(wrong)} fails the pipeline by name`, () =>
      Effect.gen(function*() {
        const cheat: { readonly f: () => Effect.Effect<void> } = JSON.parse("{}")
        Object.assign(cheat, { f: () => wrong })
        const exit = yield* run([DStream.foreachBatch(numbers([1]), "promised", cheat.f)])
        assert(Exit.isFailure(exit))
        const error = exit.cause.reasons.find(Cause.isFailReason)?.error
        assert(error instanceof PipelineError && error.reason._tag === "OutputFailed")
        assert.strictEqual(error.reason.output, "promised")
      }))
  }
})
