/** A whole pipeline with a checkpoint, stopped and broken between any two batches, and what readers of committed records see. */
import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, Receiver, StateStore } from "@millrace/core"
import { CheckpointFiles } from "@millrace/core/node"
import * as Kafka from "@millrace/sinks/Kafka"
import { Context, Effect, Exit, Layer, Option, References, Schedule, Schema, Stream } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isMissing, read, topic } from "./broker.ts"
import { type Fault, faulty, requests } from "./faulty.ts"

const words = Array.from({ length: 40 }, (_, n) => `word ${n % 7}`)

/** A word at a time, and the place of each. */
const receiver: Receiver.Receiver<string> = Receiver.make({
  name: "words",
  delivery: "Replayable",
  position: Schema.Int,
  initialRate: Infinity,
  open: (after: Option.Option<number>) => {
    const from = Option.getOrElse(after, () => 0)
    return Effect.succeed(Stream.fromIterable([...words.entries()].slice(from)).pipe(
      Stream.rechunk(1),
      Stream.tap(() => Effect.sleep("3 millis")),
      Stream.map(([place, word]) => ({ payload: [word], records: 1, bytes: word.length, resumeAfter: place + 1 }))
    ))
  },
  reread: ({ after, until }) => Effect.sync(() => words.slice(Option.getOrElse(after, () => 0), until))
})

const pipelineTo = (name: string, retries: number) => {
  const counted = DStream.mapWithState(DStream.map(DStream.fromReceiver(receiver), (word) => [word, 1] as const), {
    name: "count",
    state: Schema.Number,
    step: (n: number, count: number | undefined, word: string) =>
      [(count ?? 0) + n, [word, (count ?? 0) + n] as const] as const
  })
  const sink = Kafka.transactional({
    topic: name,
    prefix: name,
    record: ([word, n]: readonly [string, number]) => ({ key: word, value: `${word}: ${n}` })
  })
  return Pipeline.make("counts", {
    batchInterval: "10 millis",
    guarantee: "exactly-once",
    retry: Schedule.upTo(Schedule.spaced("5 millis"), { times: retries }),
    outputs: [DStream.to(counted, "counts", sink)]
  })
}

const expected = () => {
  const counts = new Map<string, number>()
  return words.map((word) => {
    const n = (counts.get(word) ?? 0) + 1
    counts.set(word, n)
    return `${word}: ${n}`
  }).toSorted()
}

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-kafka-pipeline-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe.skipIf(isMissing)("Kafka at the end of a pipeline", () => {
  it.live("has each record once, stopped after every batch, and with every request and answer lost in turn", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const path = yield* directory
      const faults: ReadonlyArray<Fault | undefined> = [
        undefined,
        ...requests.flatMap((request) => (["request", "answer"] as const).map((at) => ({ request, at })))
      ]
      let failures = 0
      for (let start = 0; start < 100; start++) {
        const { cluster, driver } = yield* faulty
        const fault = faults[start % faults.length]
        // Half of the starts try again, the others end, and the next one goes on.
        driver.later = fault
        const exit = yield* Pipeline.run(pipelineTo(name, start % 2 * 5), { batches: 1 + start % 3 }).pipe(
          Effect.provide(Layer.mergeAll(
            StateStore.layerMemory,
            CheckpointFiles.layer({ directory: path }),
            Layer.succeedContext(Context.make(Kafka.KafkaConnection, { connect: Effect.succeed(cluster) }))
          )),
          Effect.exit
        )
        if (Exit.isFailure(exit)) failures++
        const found = yield* read(name)
        assert.strictEqual(new Set(found.map(({ value }) => value)).size, found.length, "a record is there twice")
        if (found.length === words.length) break
      }
      const found = yield* read(name)
      assert.deepStrictEqual(found.map(({ value }) => value).toSorted(), expected())
      assert.isAbove(failures, 0)
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"), Effect.scoped), 60_000)
})
