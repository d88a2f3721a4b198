/** The production engine, batch by batch: what goes in is one batch, what comes back is what its output was given. */
import { DStream, Pipeline, Receiver, StateStore } from "@millrace/core"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import type * as Option from "effect/Option"
import { skipping } from "./skippingClock.ts"

export interface Fed<A, B> {
  /** Waits until the engine asks for a batch. */
  readonly ready: () => Promise<void>
  /** Gives the engine a batch; it must be ready. */
  readonly batch: (items: ReadonlyArray<A>) => Promise<ReadonlyArray<B>>
  readonly stop: () => Promise<void>
}

type Answer<A> = (items: ReadonlyArray<A> | undefined) => void

/** Starts a pipeline that is running until it is stopped. */
export const feed = <A, B>(
  build: (input: DStream.DStream<A>) => DStream.DStream<B, never, StateStore>,
  options?: Pipeline.Options & { readonly batchInterval?: Duration.Input | undefined }
): Fed<A, B> => {
  const asked = new Turnstile<Answer<A>>()
  let done: (items: ReadonlyArray<B>) => void = () => {}
  const receiver = Receiver.perBatch<A>({
    name: "fed",
    initialRate: Infinity,
    open: () => Effect.succeed(() => next(asked))
  })
  const output = DStream.foreachBatch(build(DStream.fromReceiver(receiver)), "answer", ({ items }) =>
    Effect.sync(() => {
      if (!asked.over) done(items)
    }))
  const pipeline = Pipeline.make("fed", { ...options, batchInterval: options?.batchInterval ?? "1 second", outputs: [output] })
  const fiber = Effect.runFork(Effect.provide(quiet(skipping(Pipeline.run(pipeline))), StateStore.layerMemory))
  return {
    ready: () => asked.arrived(),
    batch: (items) =>
      new Promise((resolve) => {
        done = resolve
        asked.take()(items)
      }),
    stop: async () => {
      await asked.arrived()
      asked.over = true
      asked.take()(undefined)
      await Effect.runPromise(Fiber.join(fiber))
    }
  }
}

/** Without the lines a pipeline logs when it starts. */
export const quiet = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provide(effect, Logger.layer([]))

const next = <A>(asked: Turnstile<Answer<A>>) =>
  Effect.callback<Option.Option<Receiver.Block<A>>>((resume) => {
    asked.arrive((items) =>
      resume(
        items === undefined
          ? Effect.succeedNone
          : Effect.succeedSome({ payload: items, records: items.length, bytes: 0 })
      )
    )
  })

/** One at a time arrives and waits to be taken. */
class Turnstile<T> {
  over = false
  private waiting: T | undefined
  private told: () => void = () => {}

  arrive(value: T): void {
    this.waiting = value
    this.told()
  }

  arrived(): Promise<void> {
    if (this.waiting !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.told = resolve
    })
  }

  take(): T {
    const value = this.waiting
    if (value === undefined) throw new Error("The engine has not asked for a batch")
    this.waiting = undefined
    return value
  }
}
