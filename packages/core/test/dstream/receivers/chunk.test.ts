import { BatchSink, CheckpointStore, DStream, Pipeline, Receiver } from "@millrace/core"
import { assert, describe, it } from "@effect/vitest"
import { type Cause, Data, Effect, Queue, Schema, Stream } from "effect"

const given = [new Date(1), new Date(2), new Date(3)]
const options = { name: "dates", chunk: Schema.Date }

const offered = <A>(items: ReadonlyArray<A>) => {
  const queue = Effect.runSync(Queue.unbounded<A, Cause.Done>())
  Effect.runSync(Effect.andThen(Queue.offerAll(queue, items), Queue.end(queue)))
  return queue
}

async function* later(dates: ReadonlyArray<Date>) {
  yield* dates
}

type Make = (dates: ReadonlyArray<Date>) => Receiver.Receiver<Date, unknown>

/** Each of what cannot be read again; it ends after the dates that it is given. */
const receivers: Readonly<Record<string, Make>> = {
  fromQueue: (dates) => Receiver.fromQueue(options, offered(dates)),
  fromStream: (dates) => Receiver.fromStream(options, Stream.fromIterable(dates)),
  fromAsyncIterable: (dates) => Receiver.fromAsyncIterable(options, later(dates)),
  fromReadable: (dates) => Receiver.fromReadable(options, () => later(dates)),
  push: (dates) => Receiver.push(options, ({ end, store }) => Effect.andThen(store(dates), end)),
  queue: (dates) => Receiver.queue(options, offered([dates])),
  "fromIterable, of an iterator": (dates) => Receiver.fromIterable(options, dates.values())
}

class Full extends Data.TaggedError("Full")<{}> {
  readonly isRetryable = false
}

/** Runs until the receiver ends; the outbox is off, so that what an output did not get has to be read again. */
const run = (receiver: Receiver.Receiver<Date, unknown>, commit: (dates: ReadonlyArray<Date>) => Effect.Effect<unknown, Full>) =>
  Pipeline.run(Pipeline.make("dates", {
    batchInterval: "5 millis",
    outbox: "off",
    outputs: [DStream.to(DStream.fromReceiver(receiver), "dates", BatchSink.make(({ items }) => commit(items)))]
  }))

describe("with chunk what was received outlives the run", () => {
  for (const [name, make] of Object.entries(receivers)) {
    it.live(name, () =>
      Effect.gen(function*() {
        assert.strictEqual(make(given).chunk, Schema.Date)
        assert.strictEqual(make(given).delivery, "Unreplayable")
        assert.isTrue((yield* Effect.exit(run(make(given), (dates) => dates.length === 0 ? Effect.void : new Full())))._tag === "Failure")
        const found: Array<Date> = []
        yield* run(make([]), (dates) => Effect.sync(() => found.push(...dates)))
        assert.deepStrictEqual(found, given)
      }).pipe(Effect.provide(CheckpointStore.layerMemory)))
  }

  it("the dummy source of lines needs none", () => {
    assert.strictEqual(Receiver.rate({ name: "dummy" }).chunk, Schema.String)
  })
})
