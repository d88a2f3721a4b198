/** Errors that cannot be asked, read or waited for, policies that throw, and interruptions that nobody asked for. */
import { assert, describe, it } from "@effect/vitest"
import { BatchSink, DStream, Pipeline, type PipelineError, Receiver } from "@millrace/core"
import { Cause, Effect, Layer, Logger, Queue, Schedule, Stream } from "effect"
import { block, blocksOf, errorOf, Fatal, pipelineOf, recording, runFor, settle } from "./fixtures.ts"

/** Throws whatever is done with it. */
const untouchable = (): unknown =>
  new Proxy({}, new Proxy({}, { get: () => () => { throw new Error("trap") } }))

const unaskable = (): unknown => ({
  get isRetryable(): boolean {
    throw new Error("getter")
  }
})

const hostile: ReadonlyArray<readonly [string, () => unknown]> = [
  ["a proxy that throws on every trap", untouchable],
  ["an error whose isRetryable throws", unaskable],
  ["an error whose reason throws", () => ({ get reason() { throw new Error("getter") } })]
]

const given = Stream.concat(Stream.make(block([1])), Stream.never)

/** Runs a pipeline of one receiver and one output for half a minute beside an idle one, and gives its exit. */
const run = <E>(
  options: {
    readonly receiver?: Receiver.Receiver<number, E>
    readonly commit?: () => Effect.Effect<unknown, E>
    readonly more?: Partial<Pipeline.Options>
  }
) => {
  const receiver = options.receiver ?? blocksOf<number, E>("n", given)
  const output = DStream.foreachBatch(DStream.fromReceiver(receiver), "out", options.commit ?? (() => Effect.void))
  const idle = recording(DStream.fromReceiver(blocksOf("idle", Stream.never)), "idle").output
  return runFor(pipelineOf<E>([output, idle], options.more), "30 seconds")
}

describe("a receiver fails the pipeline with a typed error", () => {
  const throwing = Schedule.recurs(3).pipe(Schedule.while((): boolean => {
    throw new Error("the policy is broken")
  }))

  it.effect("when its restart policy throws", () =>
    Effect.gen(function*() {
      const { exit } = yield* run({ receiver: blocksOf<number, string>("n", Stream.fail("no"), { restart: throwing }) })
      const { message, reason } = errorOf(exit)
      assert(reason._tag === "ReceiverFailed")
      assert.strictEqual(reason.receiver, "n")
      assert.include(message, "the policy is broken")
    }))

  for (const [what, error] of hostile) {
    it.effect(`when it fails with ${what}, after as many tries as its policy has`, () =>
      Effect.gen(function*() {
        let opened = 0
        const receiver = Receiver.make<number, number, never, unknown>({
          name: "n",
          restart: Schedule.recurs(2),
          open: () => {
            opened++
            return Effect.fail(error())
          }
        })
        const { reason } = errorOf((yield* run({ receiver })).exit)
        assert(reason._tag === "ReceiverFailed")
        assert.deepStrictEqual([reason.attempts, opened], [3, 3])
      }))
  }

  it.effect("when it is interrupted from inside, after as many tries as its policy has", () =>
    Effect.gen(function*() {
      const receiver = blocksOf<number>("n", Stream.fromEffect(Effect.interrupt), { restart: Schedule.recurs(2) })
      const { events, exit } = yield* run({ receiver })
      const { reason } = errorOf(exit)
      assert(reason._tag === "ReceiverFailed")
      assert.strictEqual(reason.attempts, 3)
      assert.strictEqual(events.filter((event) => event._tag === "ReceiverRestarted").length, 2)
    }))
})

describe("an output fails the pipeline with a typed error", () => {
  const shutDown = Effect.flatMap(Queue.bounded<number>(1), (queue) =>
    Effect.andThen(Queue.shutdown(queue), Queue.take(queue)))
  const causes: ReadonlyArray<readonly [string, () => Effect.Effect<unknown, unknown>]> = [
    ...hostile.map(([what, error]) => [`fails with ${what}`, () => Effect.fail(error())] as const),
    ["is interrupted from inside", () => Effect.interrupt],
    ["takes from a queue that was shut down", () => shutDown]
  ]
  for (const [what, commit] of causes) {
    it.effect(`when it ${what}`, () =>
      Effect.gen(function*() {
        const { exit } = yield* run({ commit, more: { retry: Schedule.recurs(1) } })
        const { reason } = errorOf(exit)
        assert(reason._tag === "OutputFailed")
        assert.deepStrictEqual([reason.output, reason.attempts], ["out", 2])
      }))
  }

  it.effect("also when a receiver has failed before: the output's failure is told", () =>
    Effect.gen(function*() {
      const gone = Stream.fail(new Fatal({ message: "peer gone" }))
      const receiver = blocksOf("n", Stream.concat(Stream.make(block([1])), gone))
      const { events, exit } = yield* run({ receiver, commit: () => Effect.fail(new Fatal({ message: "disk full" })) })
      assert.include(errorOf(exit).message, "disk full")
      const stopped = events.at(-1)
      assert(stopped?._tag === "PipelineStopped")
      assert.include(stopped.error, "disk full")
    }))

  it.effect("and says of its last try that there is no other", () =>
    Effect.gen(function*() {
      const { events } = yield* run({ commit: () => Effect.fail("no"), more: { retry: Schedule.recurs(2) } })
      const tries = events.flatMap((event) => event._tag === "OutputFailed" ? [[event.attempt, event.willRetry]] : [])
      assert.deepStrictEqual(tries, [[1, true], [2, true], [3, false]])
    }))
})

describe("a step that is interrupted from inside", () => {
  const input = DStream.fromReceiver(blocksOf("n", given))
  const steps: Record<string, DStream.DStream<number>> = {
    mapEffect: DStream.mapEffect(input, () => Effect.interrupt),
    transformEffect: DStream.transformEffect(input, () => Effect.interrupt)
  }
  for (const [step, stream] of Object.entries(steps)) {
    it.effect(`fails the pipeline with a typed error in ${step}`, () =>
      Effect.gen(function*() {
        const { output } = recording(stream)
        const { reason } = errorOf((yield* runFor(pipelineOf([output]), "3 seconds")).exit)
        assert(reason._tag === "StepFailed")
        assert.include(reason.step, step)
      }))
  }
})

describe("a promise that is rejected, given where an effect or an array is due", () => {
  const late = () => Promise.reject(new Error("late")) as unknown as Effect.Effect<never>
  const input = () => DStream.fromReceiver(blocksOf("n", given))
  const once = { name: "n", restart: Schedule.recurs(0) }
  const perBatch = Receiver.perBatch<number>({ ...once, open: () => Effect.succeed(late) })
  const outputs: Record<string, () => DStream.Output<unknown>> = {
    "an output": () => DStream.foreachBatch(input(), "out", late),
    mapEffect: () => recording(DStream.mapEffect(input(), late)).output,
    transformEffect: () => recording(DStream.transformEffect(input(), late)).output,
    mapBatch: () => recording(DStream.mapBatch(input(), late as () => any)).output,
    "a per-batch receiver": () => recording(DStream.fromReceiver(perBatch)).output,
    "a receiver": () =>
      recording(DStream.fromReceiver(Receiver.make<number>({ ...once, open: late }))).output
  }
  for (const [where, output] of Object.entries(outputs)) {
    it.effect(`fails the pipeline, not the process, in ${where}`, () =>
      Effect.gen(function*() {
        const { exit } = yield* runFor(pipelineOf([output()], { retry: Schedule.recurs(0) }), "3 seconds")
        assert.match(errorOf(exit).message, /TypeError: the function gave a promise instead of an (Effect|array)/)
      }))
  }
})

describe("Pipeline.layer", () => {
  it.effect("logs a defect as fatal, and once", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ cause, logLevel }) => {
        if (cause.reasons.length > 0) logged.push([logLevel, Cause.squash(cause)])
      })
      const sink = BatchSink.fromOpen({
        commitClass: "AtLeastOnce",
        open: () =>
          Effect.as(Effect.addFinalizer(() => Effect.die(new Error("close failed"))), {
            lastCommitted: Effect.succeedNone,
            commit: () => Effect.void
          })
      })
      const receiver = blocksOf("n", Stream.make(block([1])))
      const handed: Array<PipelineError<never>> = []
      const layer = Pipeline.layer(pipelineOf([DStream.to(DStream.fromReceiver(receiver), "out", sink)]), {
        onFailure: (error) => Effect.sync(() => handed.push(error))
      })
      yield* Effect.andThen(Layer.build(layer), settle).pipe(
        Effect.scoped,
        Effect.provide(Logger.layer([logger]))
      )
      assert.deepStrictEqual([logged, handed], [[["Fatal", new Error("close failed")]], []])
    }))
})
