/** Failures, stops and ends that come at the worst moment. */
import { assert, describe, it } from "@effect/vitest"
import { type Batch, BatchSink, DStream, Pipeline, Receiver } from "@millrace/core"
import { Cause, Clock, Deferred, Effect, Exit, Fiber, Option, Scheduler, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Inbox } from "../../src/runtime/Inbox.ts"
import { block, blocksOf, errorOf, Fatal, nowOf, pipelineOf, recording, settle } from "./fixtures.ts"
import { SeededScheduler } from "../../src/testing/simulation/SeededScheduler.ts"

const outputOf = <A, E>(receiver: Receiver.Receiver<A, E>) =>
  recording(DStream.fromReceiver(receiver), receiver.name).output

describe("a receiver that fails for good in its first step", () => {
  const receivers = () => [
    blocksOf("broken", Stream.fail(new Fatal({ message: "gone" }))),
    blocksOf("idle", Stream.never)
  ]
  for (const [order, outputs] of [
    ["before another is opened", receivers().map(outputOf)],
    ["after another was opened", receivers().reverse().map(outputOf)]
  ] as const) {
    it.effect(`fails the pipeline ${order}`, () =>
      Effect.gen(function*() {
        const running = yield* Pipeline.start(pipelineOf(outputs))
        yield* TestClock.adjust("3 seconds")
        const { reason } = errorOf(yield* nowOf(running.awaitTermination()))
        assert(reason._tag === "ReceiverFailed")
        assert.strictEqual(reason.receiver, "broken")
      }))
  }
})

describe("a stop", () => {
  it.effect("that the opening of a receiver brings about drains at once", () =>
    Effect.gen(function*() {
      const opened = yield* Deferred.make<void>()
      const receiver = Receiver.make<number, number>({
        name: "n",
        open: () => Effect.as(Deferred.succeed(opened, undefined), Stream.never)
      })
      const running = yield* Pipeline.start(pipelineOf([outputOf(receiver)]))
      yield* Deferred.await(opened)
      const stop = yield* nowOf(running.stop)
      assert.deepStrictEqual(stop, Exit.void)
      assert.deepStrictEqual(yield* nowOf(running.awaitTermination()), Exit.succeed(true))
    }))

  it.effect("on the event that a receiver has started drains at once", () =>
    Effect.gen(function*() {
      const running = yield* Pipeline.start(pipelineOf([outputOf(blocksOf("n", Stream.never))]))
      yield* Stream.runHead(Stream.filter(running.events, (event) => event._tag === "ReceiverStarted"))
      assert.deepStrictEqual(yield* nowOf(running.stop), Exit.void)
      assert.deepStrictEqual(yield* nowOf(running.awaitTermination()), Exit.succeed(true))
    }))

  it.effect("while a sink is being opened waits for it, opens no receiver, and closes the sink", () =>
    Effect.gen(function*() {
      const life: Array<string> = []
      const say = (what: string) => Effect.sync(() => life.push(what))
      const sink = BatchSink.fromOpen({
        commitClass: "AtLeastOnce",
        open: () =>
          Effect.as(
            Effect.andThen(Effect.sleep("1 second"), Effect.acquireRelease(say("sink"), () => say("closed"))),
            { lastCommitted: Effect.succeedNone, commit: (_: Batch.Batch<number>) => Effect.void }
          )
      })
      const receiver = Receiver.make<number, number>({
        name: "n",
        open: () => Effect.as(say("receiver"), Stream.never)
      })
      const running = yield* Pipeline.start(pipelineOf([DStream.to(DStream.fromReceiver(receiver), "out", sink)]))
      yield* TestClock.adjust("500 millis")
      const stops = yield* Effect.forkChild(Effect.all([running.stop, running.stop], { concurrency: 2 }))
      yield* TestClock.adjust("1 second")
      assert.isDefined(stops.pollUnsafe())
      assert.deepStrictEqual(yield* nowOf(running.awaitTermination()), Exit.succeed(true))
      assert.deepStrictEqual(life, ["sink", "closed"])
    }))
})

/** Two receivers, a per-batch one and two sinks, which let others run at every step, and what becomes of them. */
const restless = () => {
  const open = { receivers: 0, sinks: 0 }
  const delivered: Array<string> = []
  const acknowledged: Array<string> = []
  const held = (what: keyof typeof open) =>
    Effect.andThen(
      Effect.yieldNow,
      Effect.acquireRelease(
        Effect.sync(() => open[what]++),
        () => Effect.andThen(Effect.yieldNow, Effect.sync(() => open[what]--))
      )
    )
  const receiver = (name: string) => {
    const blocks = [1, 2, 3, 4, 5, 6].map((n) =>
      block([`${name}${n}`], { acknowledge: Effect.sync(() => acknowledged.push(`${name}${n}`)) }))
    const stream = Stream.concat(Stream.rechunk(Stream.fromIterable(blocks), 1), Stream.never)
    return Receiver.make<string, string, never, never, Scope.Scope>({
      name,
      initialRate: Infinity,
      open: () => Effect.as(held("receivers"), stream)
    })
  }
  const perBatch = Receiver.perBatch<string, string>({
    name: "p",
    open: () => Effect.succeed(() => Effect.as(Effect.yieldNow, Option.some(block(["p"]))))
  })
  const sink = (commit: (items: ReadonlyArray<string>) => void) =>
    BatchSink.fromOpen({
      commitClass: "AtLeastOnce",
      open: () =>
        Effect.as(held("sinks"), {
          lastCommitted: Effect.succeedNone,
          commit: ({ items }: Batch.Batch<string>) => Effect.andThen(Effect.yieldNow, Effect.sync(() => commit(items)))
        })
    })
  const all = DStream.unionAll([receiver("a"), receiver("b"), perBatch].map((one) => DStream.fromReceiver(one)))
  const outputs = [
    DStream.to(all, "x", sink((items) => delivered.push(...items))),
    DStream.to(all, "y", sink(() => {}))
  ]
  return { acknowledged, delivered, open, outputs }
}

/** Every record of a receiver was delivered once, in order, and acknowledged once; all that was opened was closed. */
const assertWhole = ({ acknowledged, delivered, open }: ReturnType<typeof restless>, seed: number): void => {
  assert.deepStrictEqual(open, { receivers: 0, sinks: 0 }, `seed ${seed}`)
  const records = delivered.filter((record) => record !== "p")
  for (const name of ["a", "b"]) {
    const own = records.filter((record) => record.startsWith(name))
    assert.deepStrictEqual(own, own.map((_, index) => `${name}${index + 1}`), `seed ${seed}`)
  }
  assert.deepStrictEqual(acknowledged.toSorted(), records.toSorted(), `seed ${seed}`)
}

const hurried = { buffer: { records: 2 }, batchInterval: "2 millis", drainTimeout: "3 seconds" } as const

const yields = (count: number) => Effect.repeat(Effect.yieldNow, { times: count })

describe("at any moment, in any interleaving", () => {
  it.live("two stops at once drain in time and lose nothing", () =>
    Effect.gen(function*() {
      for (let seed = 0; seed < 100; seed++) {
        const parts = restless()
        const pipeline = pipelineOf(parts.outputs, { ...hurried, outputConcurrency: 1 + seed % 2 })
        yield* Effect.scoped(Effect.gen(function*() {
          const running = yield* Pipeline.start(pipeline)
          yield* yields(seed % 97)
          yield* Effect.all([running.stop, running.stop], { concurrency: 2 })
          assert.deepStrictEqual(yield* Effect.exit(running.awaitTermination()), Exit.succeed(true), `seed ${seed}`)
        })).pipe(Effect.provideService(Scheduler.Scheduler, SeededScheduler.onEventLoop(seed)))
        assertWhole(parts, seed)
      }
    }))

  it.live("an interruption of the run drains in time and loses nothing", () =>
    Effect.gen(function*() {
      for (let seed = 0; seed < 100; seed++) {
        const parts = restless()
        const run = Pipeline.run(pipelineOf(parts.outputs, hurried)).pipe(
          Effect.provideService(Scheduler.Scheduler, SeededScheduler.onEventLoop(seed))
        )
        const fiber = yield* Effect.forkDetach(run)
        yield* yields(seed % 61)
        yield* Fiber.interrupt(fiber)
        const exit = yield* Fiber.await(fiber)
        assert(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause), `seed ${seed}: ${exit}`)
        assertWhole(parts, seed)
      }
    }))
})

describe("waiting blocks", () => {
  it.effect("are delivered and acknowledged once when letting one in stops the run", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const acknowledged: Array<string> = []
      const given = (payload: ReadonlyArray<string>) =>
        block(payload, { acknowledge: Effect.sync(() => acknowledged.push(...payload)) })
      const stopAfter = Stream.drain(Stream.fromEffect(Deferred.succeed(asked, undefined)))
      const blocks = Stream.make(given(["a1", "a2"]), given(["a3"]))
      const a = blocksOf("a", blocks.pipe(Stream.concat(stopAfter), Stream.concat(Stream.never)))
      const b = blocksOf("b", Stream.concat(Stream.make(given(["b1"])), Stream.never))
      const { batches, output } = recording(DStream.union(DStream.fromReceiver(a), DStream.fromReceiver(b)))
      const running = yield* Pipeline.start(pipelineOf([output], { buffer: { records: 2 } }))
      const stopper = yield* Effect.forkChild(Effect.andThen(Deferred.await(asked), running.stop))
      yield* TestClock.adjust("5 seconds")
      assert.isDefined(stopper.pollUnsafe())
      const delivered = batches.flatMap((batch) => batch.items)
      assert.deepStrictEqual(delivered, [...new Set(delivered)])
      assert.deepStrictEqual(acknowledged, delivered)
      assert.deepStrictEqual(delivered.slice(0, 3), ["a1", "a2", "a3"])
    }))

  it.effect("are let in once each when the one let in makes the next give up", () =>
    Effect.gen(function*() {
      const inbox = new Inbox({ lanes: 2, maxRecords: 2, maxBytes: 1000, onFull: () => {} })
      yield* inbox.offer(0, block(["a1", "a2"]))
      const fibers: Array<Fiber.Fiber<void>> = []
      const first = Effect.andThen(inbox.offer(0, block(["a3"])), Effect.sync(() => fibers[1]?.interruptUnsafe()))
      fibers.push(yield* Effect.forkChild(first, { startImmediately: true }))
      fibers.push(yield* Effect.forkChild(inbox.offer(1, block(["b1"])), { startImmediately: true }))
      const received = [...inbox.takeAll(), ...inbox.takeAll()].flatMap((lane) => lane.segments.flat())
      assert.deepStrictEqual(received, ["a1", "a2", "a3"])
      assert.strictEqual(inbox.suspended, 0)
    }))
})

describe("a receiver that ends while the wait for the next boundary begins", () => {
  it.effect("ends the pipeline at once, not an interval later", () =>
    Effect.gen(function*() {
      const end = yield* Deferred.make<void>()
      const virtual = yield* Clock.Clock
      let sleeps = 0
      const clock: Clock.Clock = {
        ...virtual,
        sleep: (duration) =>
          Effect.suspend(() => {
            if (sleeps++ === 0) Deferred.doneUnsafe(end, Effect.void)
            return virtual.sleep(duration)
          })
      }
      const untilTold = Stream.drain(Stream.fromEffect(Deferred.await(end)))
      const receiver = blocksOf("n", Stream.concat(Stream.make(block([1])), untilTold))
      const { batches, output } = recording(DStream.fromReceiver(receiver))
      const run = Pipeline.run(pipelineOf([output], { batchInterval: "1 hour" }))
      const fiber = yield* Effect.forkChild(Effect.provideService(run, Clock.Clock, clock))
      yield* settle
      assert.deepStrictEqual(fiber.pollUnsafe(), Exit.void)
      assert.deepStrictEqual(batches.map((batch) => batch.items), [[1]])
    }))
})
