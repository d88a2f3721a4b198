import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** Every so often timers and signals have their turn, too, so that a pipeline that hangs can be told and stopped. */
const breath = 1000

/** A fiber that waits is suspended, and goes on when those before it in the queue have run. */
const makeTurn = (): Effect.Effect<void> => {
  let turns = 0
  return Effect.callback<void>((resume) => {
    const go = () => resume(Effect.void)
    if (++turns % breath === 0) setImmediate(go)
    else queueMicrotask(go)
  })
}

/**
 * The real clock, except that nobody waits for it: a sleep suspends its fiber for a microtask and moves the clock
 * forward. So the engine's own loop runs flat out, its waits for boundaries included, and what it measures of itself is
 * real. What a timer costs the operating system is not in it.
 */
export const makeSkippingClock = (): Clock.Clock => {
  const turn = makeTurn()
  let skipped = 0n
  const millis = () => Date.now() + Number(skipped / 1_000_000n)
  const nanos = () => BigInt(Date.now()) * 1_000_000n + skipped
  const monotonic = () => process.hrtime.bigint() + skipped
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: monotonic,
    monotonicTimeNanos: Effect.sync(monotonic),
    sleep: (duration) =>
      Effect.map(turn, () => {
        skipped += BigInt(Math.ceil(Duration.toMillis(duration))) * 1_000_000n
      })
  }
}

/** Runs an effect on a skipping clock of its own. */
export const skipping = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.provideService(effect, Clock.Clock, makeSkippingClock()))
