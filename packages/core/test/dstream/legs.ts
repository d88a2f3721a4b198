/** Runs of a pipeline that end and go on, under one clock and one store. */
import { type Batch, DStream, Pipeline, type PipelineError, Receiver, StateStore } from "@millrace/core"
import { Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"

type Batches<A> = ReadonlyArray<ReadonlyArray<A>>

/** A store of JSON text: what does not survive that was not written down. */
const jsonStore = (): StateStore["Service"] => {
  const saved = new Map<string, ReadonlyArray<readonly [name: string | number | bigint | boolean, value: string]>>()
  return StateStore.of({
    load: ({ operator }) =>
      Effect.sync(() => (saved.get(operator) ?? []).map(([name, value]) => [name, JSON.parse(value)] as const)),
    save: ({ operator }, entries) =>
      Effect.sync(() => {
        saved.set(operator, entries.map(([name, value]) => [name, JSON.stringify(value)]))
      })
  })
}

/**
 * The batches that come out when the pipeline is stopped after each of `legs` batches and started again with what it
 * remembers. The legs together are as many batches as there are.
 */
export const inLegs = <A, B, E, R>(
  batches: Batches<A>,
  legs: ReadonlyArray<number>,
  build: (input: DStream.DStream<A>) => DStream.DStream<B, E, R>,
  options?: Pipeline.Options
): Effect.Effect<ReadonlyArray<Pick<Batch.Batch<B>, "time" | "items">>, PipelineError<E>, Exclude<R, StateStore>> => {
  let next = 0
  const receiver = Receiver.perBatch<A>({
    name: "input",
    initialRate: Infinity,
    open: () =>
      Effect.succeed(() =>
        Effect.sync(() => {
          const payload = batches[next++] ?? []
          return Option.some({ payload, records: payload.length, bytes: 0 })
        })
      )
  })
  const collected: Array<Pick<Batch.Batch<B>, "time" | "items">> = []
  const output = DStream.foreachBatch(build(DStream.fromReceiver(receiver)), "collected", ({ items, time }) =>
    Effect.sync(() => collected.push({ time, items })))
  const pipeline = Pipeline.make("test", { freezeBatches: true, ...options, batchInterval: "1 second", outputs: [output] })
  const leg = (count: number) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Pipeline.run(pipeline, { batches: count }), { startImmediately: true })
      while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
    })
  const all = Effect.as(Effect.forEach(legs, leg, { discard: true }), collected)
  return all.pipe(
    Effect.provideService(StateStore, jsonStore()),
    Effect.provide(TestClock.layer())
  ) as Effect.Effect<typeof collected, PipelineError<E>, Exclude<R, StateStore>>
}
