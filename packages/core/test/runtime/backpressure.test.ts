import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { Effect, Stream } from "effect"
import { runFor } from "./fixtures.ts"

/** Gives as much as it may, in blocks of ten. */
const flood = (name: string) =>
  Receiver.make({
    name,
    initialRate: 200,
    open: () =>
      Effect.succeed(Stream.forever(Stream.succeed({
        payload: Array.from({ length: 10 }, (_, n) => n),
        records: 10,
        bytes: 100
      })))
  })

/** An output that takes as long as its records need at this speed, on the virtual clock. */
const run = (recordsPerSecond: number, options: Partial<Pipeline.Options> = {}) => {
  const sizes: Array<number> = []
  const output = DStream.foreachBatch(DStream.fromReceiver(flood("flood")), "slow", (batch) => {
    sizes.push(batch.items.length)
    return Effect.sleep(batch.items.length / recordsPerSecond * 1000)
  })
  const pipeline = Pipeline.make("p", { ...options, batchInterval: "1 second", outputs: [output] })
  return Effect.map(runFor(pipeline, "1 minute"), ({ events }) => ({
    sizes,
    delays: events.flatMap((event) => event._tag === "BatchCompleted" ? [event.delays.totalDelay] : [])
  }))
}

describe("backpressure", () => {
  it.effect("brings a flooding receiver to what the output can take, and keeps batches within their interval", () =>
    Effect.gen(function*() {
      const { delays, sizes } = yield* run(1000)
      assert.approximately(sizes[0] ?? 0, 200, 20, "it starts slowly")
      const settled = sizes.slice(10, 50)
      const mean = settled.reduce((sum, size) => sum + size, 0) / settled.length
      assert.approximately(mean, 1000, 150)
      assert.isBelow(Math.max(...delays.slice(10, 50)), 1500)
    }))

  it.effect("turned off, a flooding receiver is only held by the slow start and the buffer", () =>
    Effect.gen(function*() {
      const { delays } = yield* run(1000, { backpressure: false })
      assert.isAbove(Math.max(...delays), 1500)
    }))
})
