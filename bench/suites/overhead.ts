/** What a batch of ten records costs beside its records: the engine flat out, nothing left out but the waiting. */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { atMost, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { quiet } from "../harness/feed.ts"
import { skipping } from "../harness/skippingClock.ts"
import { median } from "../harness/statistics.ts"
import { threadMicros } from "../harness/threadTime.ts"

const batches = 10_000
const rounds = 11
const warm = 3
const ten = Array.from({ length: 10 }, (_, index) => index)

/** Ten records for each of so many batches, then the end. */
const tens = Receiver.perBatch<number>({
  name: "tens",
  initialRate: Infinity,
  open: () =>
    Effect.sync(() => {
      let left = batches
      return () =>
        Effect.sync(() => left-- > 0 ? Option.some({ payload: ten, records: ten.length, bytes: 80 }) : Option.none())
    })
})

const makePipeline = (onBatch: (records: number) => void) => {
  const sums = DStream.fromReceiver(tens).pipe(
    DStream.map((n) => n * 2),
    DStream.filter((n) => n % 3 !== 0),
    DStream.map((n) => [n & 3, n]),
    DStream.reduceByKey((left, right) => left + right)
  )
  const output = DStream.foreachBatch(sums, "sums", ({ items }) => Effect.sync(() => onBatch(items.length)))
  return Pipeline.make("overhead", { batchInterval: "1 second", outputs: [output] })
}

/** Makes every span, as a tracer that exports them does, and forgets it. */
const forgetful = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })

interface Run {
  readonly subscribers: number
  readonly traced: boolean
}

const runs = {
  plain: { subscribers: 0, traced: false },
  oneSubscriber: { subscribers: 1, traced: false },
  fourSubscribers: { subscribers: 4, traced: false },
  traced: { subscribers: 0, traced: true },
  all: { subscribers: 1, traced: true }
} satisfies Record<string, Run>

const microsPerBatch = async ({ subscribers, traced }: Run): Promise<number> => {
  let seen = 0
  let events = 0
  const pipeline = makePipeline((records) => {
    if (records > 0) seen++
  })
  const program = Effect.scoped(Effect.gen(function*() {
    const running = yield* Pipeline.start(pipeline)
    for (let subscriber = 0; subscriber < subscribers; subscriber++) {
      yield* Effect.forkScoped(
        Stream.runForEachArray(running.events, (all) =>
          Effect.sync(() => {
            events += all.length
          })),
        { startImmediately: true }
      )
    }
    yield* running.awaitTermination()
  }))
  const clocked = quiet(skipping(program))
  const before = threadMicros()
  await Effect.runPromise(traced ? Effect.provideService(clocked, Tracer.Tracer, forgetful) : clocked)
  const micros = threadMicros() - before
  if (seen !== batches) throw new Error(`Of ${batches} batches ${seen} arrived`)
  if (events < subscribers * batches) throw new Error(`${subscribers} subscribers saw ${events} events`)
  return micros / batches
}

const measure = async (): Promise<ReadonlyArray<Figure>> => {
  const micros = new Map(Object.keys(runs).map((name) => [name, new Array<number>()]))
  for (let round = 0; round < warm + rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const figure = await microsPerBatch(run)
      if (round >= warm) micros.get(name)!.push(figure)
    }
  }
  const of = (name: keyof typeof runs) => median(micros.get(name)!)
  const more = (name: keyof typeof runs) => of(name) - of("plain")
  const perSecond = (micros: number) => `${Math.round(1e3 / micros)}k batches/s`
  return [
    atMost("batch.overhead.micros", 10, of("plain"), "µs", perSecond(of("plain"))),
    atMost("batch.overhead.all.micros", 30, of("all"), "µs", perSecond(of("all"))),
    informational("batch.overhead.subscriber.micros", more("oneSubscriber"), "µs", "more with one event subscriber"),
    informational("batch.overhead.subscribers4.micros", more("fourSubscribers"), "µs", "more with four"),
    informational("batch.overhead.spans.micros", more("traced"), "µs", "more with a tracer")
  ]
}

export const overhead: Suite = {
  names: [
    "batch.overhead.micros",
    "batch.overhead.all.micros",
    "batch.overhead.subscriber.micros",
    "batch.overhead.subscribers4.micros",
    "batch.overhead.spans.micros"
  ],
  run: measure
}
