import { BatchSink, CheckpointStore, DStream, Pipeline, Receiver } from "@millrace/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import type { Batch } from "../../src/batch/Batch.ts"

const recording = (into: Array<readonly [number, ReadonlyArray<unknown>]>) =>
  BatchSink.make((batch: Batch<unknown>) => Effect.sync(() => into.push([batch.id, batch.items])))

describe("resume", () => {
  it.live("goes on after the position of the last batch", () =>
    Effect.gen(function*() {
      const seen: Array<readonly [number, ReadonlyArray<unknown>]> = []
      const numbers = Array.from({ length: 10 }, (_, index) => index)
      const receiver = Receiver.make({
        name: "numbers",
        delivery: "Replayable",
        position: (yield* Effect.promise(() => import("effect/Schema"))).Int,
        open: (after: Option.Option<number>) =>
          Effect.succeed(Stream.fromIterable(numbers.slice(Option.getOrElse(after, () => 0)).map((n) => ({
            payload: [n],
            records: 1,
            bytes: 8,
            resumeAfter: n + 1
          }))))
      })
      const pipeline = Pipeline.make("numbers", {
        batchInterval: "10 millis",
        maxRate: 200,
        initialRate: 200,
        outputs: [DStream.to(DStream.fromReceiver(receiver), "seen", recording(seen))]
      })
      yield* Pipeline.run(pipeline, { batches: 2 })
      const before = seen.length
      yield* Pipeline.run(pipeline)
      expect(before).toBe(2)
      expect(seen.flatMap(([, items]) => items)).toEqual(numbers)
      expect(seen.map(([id]) => id)).toEqual(seen.map((_, index) => index + 1))
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))
})
