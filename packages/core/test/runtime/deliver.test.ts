import { assert, describe, it } from "@effect/vitest"
import { type Batch, BatchSink, DStream, Pipeline, type PipelineError } from "@millrace/core"
import { Cause, Data, Effect, Exit, Schedule } from "effect"
import { runFor, scripted } from "./fixtures.ts"

class Refused extends Data.TaggedError("Refused")<{ readonly isRetryable?: boolean }> {
  override get message() {
    return "the table is locked"
  }
}

const input = () => DStream.fromReceiver(scripted<number>("n", [[{ give: [1, 2] }, { wait: "1 hour" }]]))

const onlyError = <A, E>(exit: Exit.Exit<A, PipelineError<E>>): PipelineError<E> => {
  assert(Exit.isFailure(exit))
  const reason = exit.cause.reasons.find(Cause.isFailReason)
  assert(reason !== undefined)
  return reason.error
}

describe("outputs", () => {
  it.effect("run in the order of their definition, each batch complete before the next", () =>
    Effect.gen(function*() {
      const life: Array<string> = []
      const output = (name: string, millis: number) =>
        DStream.foreachBatch(input(), name, (batch) =>
          Effect.andThen(Effect.sleep(millis), Effect.sync(() => life.push(`${name} ${batch.id}`))))
      const shared = [output("slow", 100), output("quick", 1)]
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [shared[0]!] }), "1 second")
      life.length = 0
      const source = input()
      const outputs = [["slow", 100], ["quick", 1]].map(([name, millis]) =>
        DStream.foreachBatch(source, String(name), (batch) =>
          Effect.andThen(Effect.sleep(Number(millis)), Effect.sync(() => life.push(`${name} ${batch.id}`)))))
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs }), "2500 millis")
      assert.deepStrictEqual(life, ["slow 1", "quick 1", "slow 2", "quick 2"])
    }))

  it.effect("run side by side where that is allowed, and batches still one after the other", () =>
    Effect.gen(function*() {
      const life: Array<string> = []
      const source = input()
      const outputs = [["slow", 1500], ["quick", 1]].map(([name, millis]) =>
        DStream.foreachBatch(source, String(name), (batch) =>
          Effect.andThen(Effect.sleep(Number(millis)), Effect.sync(() => life.push(`${name} ${batch.id}`)))))
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs, outputConcurrency: 2 }), "4400 millis")
      assert.deepStrictEqual(life.slice(0, 4), ["quick 1", "slow 1", "quick 2", "slow 2"])
    }))

  it.effect("are tried again as the policy says, with the same batch, and each failed try is told", () =>
    Effect.gen(function*() {
      const tries: Array<Batch.Batch<number>> = []
      const output = DStream.foreachBatch(input(), "table", (batch) => {
        tries.push(batch)
        return tries.length < 3 ? Effect.fail(new Refused({})) : Effect.void
      })
      const { events, exit } = yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "1900 millis")
      assert.deepStrictEqual(exit, Exit.succeed(true))
      assert.deepStrictEqual(tries.slice(0, 3).map(({ id, items }) => [id, items]), [[1, [1, 2]], [1, [1, 2]], [1, [1, 2]]])
      const failed = events.filter((event) => event._tag === "OutputFailed")
      assert.deepStrictEqual(failed.map(({ attempt, willRetry, error }) => [attempt, willRetry, error]), [
        [1, true, "Refused: the table is locked"],
        [2, true, "Refused: the table is locked"]
      ])
      const completed = events.find((event) => event._tag === "OutputCompleted")
      assert.deepStrictEqual([completed?.attempts, completed?.durationMillis, completed?.records], [3, 300, 2])
    }))

  it.effect("fail the pipeline with batch id, output name and cause when the policy ends", () =>
    Effect.gen(function*() {
      const output = DStream.foreachBatch(input(), "table", () => Effect.fail(new Refused({})))
      const { events, exit } = yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "1 minute")
      const error = onlyError(exit)
      assert(error.reason._tag === "OutputFailed")
      assert.deepStrictEqual(error.reason.batch, { id: 1, time: 1000 })
      assert.deepStrictEqual([error.reason.output, error.reason.attempts], ["table", 6])
      assert.deepStrictEqual(error.reason.cause, Cause.fail(new Refused({})))
      assert.strictEqual(
        error.message,
        `Pipeline "p" failed in batch 1 (time 1000), output "table", after 6 tries: Refused: the table is locked`
      )
      assert.strictEqual(events.filter((event) => event._tag === "BatchFailed").length, 1)
    }))

  it.effect("are not tried again when the error says that it will never help", () =>
    Effect.gen(function*() {
      let tries = 0
      const output = DStream.foreachBatch(input(), "table", () => {
        tries++
        return Effect.fail(new Refused({ isRetryable: false }))
      })
      const { exit } = yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "1 minute")
      assert.strictEqual(onlyError(exit).reason._tag, "OutputFailed")
      assert.strictEqual(tries, 1)
    }))

  it.effect("are opened under their identity before the first batch and closed after the last", () =>
    Effect.gen(function*() {
      const life: Array<unknown> = []
      const sink = BatchSink.fromOpen({
        commitClass: "IdempotentByBatch",
        open: (identity) =>
          Effect.as(
            Effect.acquireRelease(Effect.sync(() => life.push(identity)), () => Effect.sync(() => life.push("closed"))),
            { lastCommitted: Effect.succeedNone, commit: (batch: Batch.Batch<number>) => Effect.sync(() => life.push(batch.id)) }
          )
      })
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [DStream.to(input(), "table", sink)] }), "2 seconds")
      assert.deepStrictEqual(life, [{ pipeline: "p", output: "table", epoch: 1 }, 1, 2, "closed"])
    }))

  it.effect("that cannot be opened fail the pipeline, which has then received nothing", () =>
    Effect.gen(function*() {
      let opened = 0
      const sink = BatchSink.fromOpen({ commitClass: "AtLeastOnce", open: () => Effect.fail(new Refused({})) })
      const receiver = scripted<number>("n", [[{ wait: "1 hour" }]], { onOpen: () => opened++ })
      const { exit } = yield* runFor(
        Pipeline.make("p", {
          batchInterval: "1 second",
          outputs: [DStream.to(DStream.fromReceiver(receiver), "table", sink)],
          retry: Schedule.recurs(2)
        }),
        "1 minute"
      )
      const error = onlyError(exit)
      assert.strictEqual(
        error.message,
        `Pipeline "p" could not open output "table", after 3 tries: Refused: the table is locked`
      )
      assert.strictEqual(opened, 0)
    }))
})
