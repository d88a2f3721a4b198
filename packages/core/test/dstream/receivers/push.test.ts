import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Logger, Scope } from "effect"
import { type Push, push } from "../../../src/dstream/receivers/push.ts"
import { ReceiverError } from "../../../src/dstream/receivers/ReceiverError.ts"
import { blocksOf, openPull, recordsOf } from "./support.ts"

/** A receiver whose handle the test keeps. */
const held = (capacity?: number) => {
  const handles: Array<Push<number>> = []
  const seen: Array<string> = []
  const receiver = push({ name: "p", capacity }, (handle: Push<number>) =>
    Effect.gen(function*() {
      handles.push(handle)
      seen.push("start")
      yield* Effect.addFinalizer(() => Effect.sync(() => seen.push("stop")))
    }))
  return { receiver, seen, handle: () => handles.at(-1)! }
}

describe("push", () => {
  it.effect("hands over what is stored, in order, until it is ended", () =>
    Effect.gen(function*() {
      const receiver = push({ name: "p" }, ({ end, store, storeUnsafe }: Push<number>) =>
        Effect.gen(function*() {
          yield* store([1, 2])
          assert.isTrue(storeUnsafe([3]))
          assert.isTrue(storeUnsafe([]))
          yield* end
          assert.isFalse(storeUnsafe([4]))
          yield* store([5])
        }))
      assert.deepStrictEqual(yield* recordsOf(receiver), [1, 2, 3])
    }))

  it.effect("unites small arrays into one block and leaves large ones as they are", () =>
    Effect.gen(function*() {
      const large = Array.from({ length: 20_000 }, (_, i) => i)
      const receiver = push({ name: "p", capacity: 100_000 }, ({ end, store }: Push<number>) =>
        Effect.andThen(Effect.andThen(store([1]), store(large)), end))
      const blocks = yield* blocksOf(receiver)
      assert.deepStrictEqual(blocks.map(({ records }) => records), [1, 20_000])
      assert.strictEqual(blocks[1]?.payload, large)
    }))

  it.effect("store suspends while too many wait, and goes on when they are pulled", () =>
    Effect.gen(function*() {
      const { handle, receiver } = held(3)
      const pull = yield* openPull(receiver)
      yield* handle().store([1, 2])
      yield* handle().store([3, 4])
      const storing = yield* Effect.forkChild(handle().store([5]), { startImmediately: true })
      assert.isFalse(handle().storeUnsafe([6]))
      yield* Effect.yieldNow
      assert.isUndefined(storing.pollUnsafe())
      assert.deepStrictEqual((yield* pull)[0].payload, [1, 2, 3, 4])
      yield* Fiber.join(storing)
      assert.isTrue(handle().storeUnsafe([6]))
      assert.deepStrictEqual((yield* pull)[0].payload, [5, 6])
    }))

  it.effect("many that wait for room all get it, one after the other", () =>
    Effect.gen(function*() {
      const { handle, receiver } = held(1)
      const pull = yield* openPull(receiver)
      const storing = yield* Effect.forkChild(
        Effect.forEach([1, 2, 3, 4, 5], (n) => handle().store([n]), { concurrency: "unbounded", discard: true }),
        { startImmediately: true }
      )
      const stored: Array<unknown> = []
      while (stored.length < 5) stored.push(...(yield* pull).flatMap(({ payload }) => payload))
      yield* Fiber.join(storing)
      assert.deepStrictEqual(stored.sort(), [1, 2, 3, 4, 5])
    }))

  it.effect("a capacity of nothing still lets one array wait", () =>
    Effect.gen(function*() {
      const { handle, receiver } = held(0)
      const pull = yield* openPull(receiver)
      assert.isDefined(pull)
      assert.isTrue(handle().storeUnsafe([1]))
      assert.isFalse(handle().storeUnsafe([2]))
    }))

  it.effect("runs the body once per opening, and its finalizers when that closes", () =>
    Effect.gen(function*() {
      const { handle, receiver, seen } = held()
      const scope = yield* Scope.make()
      const pull = yield* Scope.provide(openPull(receiver), scope)
      assert.isDefined(pull)
      assert.deepStrictEqual(seen, ["start"])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(seen, ["start", "stop"])
      const again = yield* Effect.forkChild(recordsOf(receiver), { startImmediately: true })
      handle().endUnsafe()
      assert.deepStrictEqual(yield* Fiber.join(again), [])
      assert.deepStrictEqual(seen, ["start", "stop", "start", "stop"])
    }))

  it.effect("restart fails the receiver with a retryable error, after what was stored", () =>
    Effect.gen(function*() {
      const { handle, receiver } = held()
      const pull = yield* openPull(receiver)
      yield* handle().store([1])
      yield* handle().restart("lost the line")
      assert.deepStrictEqual((yield* pull)[0].payload, [1])
      const error = yield* Effect.flip(pull)
      assert(error instanceof ReceiverError)
      assert.deepStrictEqual([error.reason, error.isRetryable, error.cause], ["RestartRequested", true, "lost the line"])
      assert.strictEqual(error.message, "Receiver \"p\" asked to be opened again")
    }))

  it.effect("a body that fails fails the receiver with its error", () =>
    Effect.gen(function*() {
      const receiver = push({ name: "p" }, ({ store }: Push<number>) => Effect.andThen(store([1]), Effect.fail("no port" as const)))
      const pull = yield* openPull(receiver)
      assert.deepStrictEqual((yield* pull)[0].payload, [1])
      assert.strictEqual(yield* Effect.flip(pull), "no port")
      const thrown = push({ name: "p" }, (_: Push<number>): Effect.Effect<void> => {
        throw new Error("bug")
      })
      const exit = yield* Effect.exit(recordsOf(thrown))
      assert(Exit.hasDies(exit))
    }))

  it.effect("a body may also go on for ever: it is interrupted when the receiver closes", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const receiver = push({ name: "p" }, ({ store }: Push<number>) =>
        Effect.forever(store([1])).pipe(Effect.onInterrupt(() => Effect.sync(() => seen.push("interrupted")))))
      yield* Effect.scoped(Effect.flatMap(openPull(receiver), (pull) => Effect.andThen(pull, pull)))
      assert.deepStrictEqual(seen, ["interrupted"])
    }))

  it.effect("reported errors are logged, and the receiver goes on", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ logLevel, message }) => logged.push([logLevel, message]))
      const { handle, receiver } = held()
      yield* Effect.gen(function*() {
        const pull = yield* openPull(receiver)
        yield* handle().reportError(new Error("odd record"))
        handle().reportErrorUnsafe("odd again")
        yield* handle().store([1])
        assert.deepStrictEqual((yield* pull)[0].payload, [1])
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(logged, [["Warn", ["odd record"]], ["Warn", ["odd again"]]])
    }))
})
