/** Whether a 5 ms pipeline on the real clock keeps to its boundaries, by a clock that the engine does not know. */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { atMost, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { quiet } from "../harness/feed.ts"
import { median, quantile } from "../harness/statistics.ts"

const intervalMillis = 5
const seconds = 4
const stretches = 10
const ten = Array.from({ length: 10 }, (_, index) => index)

const tens = Receiver.perBatch<number>({
  name: "tens",
  initialRate: Infinity,
  open: () => Effect.succeed(() => Effect.succeed(Option.some({ payload: ten, records: ten.length, bytes: 80 })))
})

interface Start {
  readonly batchTime: number
  readonly at: number
}

/**
 * Wall time in fractions of a millisecond. `Date.now` gives whole ones only, so its steps are waited for; whatever
 * holds the process up meanwhile makes the offset too small, so the greatest of many is right.
 */
const makeWall = (): () => number => {
  const offset = Math.max(...Array.from({ length: 20 }, offsetAtStep))
  return () => performance.now() + offset
}

const offsetAtStep = (): number => {
  const before = Date.now()
  let now = before
  while (now === before) now = Date.now()
  return now - performance.now()
}

/** What the machine allows: a bare timer with the same deadlines, at the same time. Runs until it is stopped. */
const bareTimer = (wall: () => number) => {
  const late: Array<number> = []
  let due = Math.ceil(wall() / intervalMillis) * intervalMillis
  let timer: NodeJS.Timeout
  const wake = () => {
    const now = wall()
    if (now >= due) {
      late.push(now - due)
      due = Math.floor(now / intervalMillis + 1) * intervalMillis
    }
    timer = setTimeout(wake, Math.ceil(due - wall()))
  }
  wake()
  return () => {
    clearTimeout(timer)
    return late.slice(20)
  }
}

const record = async (wall: () => number): Promise<ReadonlyArray<Start>> => {
  const starts: Array<Start> = []
  const output = DStream.fromReceiver(tens).pipe(
    DStream.transform((items, batchTime) => {
      starts.push({ batchTime, at: wall() })
      return items
    }),
    DStream.map((n) => n * 2),
    DStream.foreachBatch("seen", () => Effect.void)
  )
  const pipeline = Pipeline.make("paced", { batchInterval: intervalMillis, outputs: [output] })
  const batches = seconds * 1000 / intervalMillis
  await Effect.runPromise(quiet(Pipeline.run(pipeline, { batches })))
  return starts.slice(20)
}

/** How late each batch was. A boundary that got no batch of its own is due since then, too. */
const lateness = (starts: ReadonlyArray<Start>): ReadonlyArray<number> =>
  starts.slice(1).map(({ at }, index) => at - starts[index]!.batchTime - intervalMillis)

/** One moment in which the machine did something else would decide the whole, so each stretch has its own quantile. */
const p99OfStretches = (late: ReadonlyArray<number>): number => {
  const length = Math.ceil(late.length / stretches)
  const stretch = (index: number) => late.slice(index * length, (index + 1) * length)
  return median(Array.from({ length: stretches }, (_, index) => quantile(stretch(index), 0.99)))
}

const figures = (starts: ReadonlyArray<Start>, bare: ReadonlyArray<number>): ReadonlyArray<Figure> => {
  const late = lateness(starts)
  const missed = (starts.at(-1)!.batchTime - starts[0]!.batchTime) / intervalMillis - late.length
  // How far batch times have come apart from the clock by the end; a batch that is late is not a drift.
  const apart = median(starts.slice(-100).map(({ at, batchTime }) => at - batchTime))
  const drift = Math.abs(Math.trunc(apart / intervalMillis))
  const p99 = p99OfStretches(late)
  const absolute = `median of ${stretches} stretches; earliest ${Math.min(...late).toFixed(2)} ms late`
  return [
    atMost("pace.5ms.late.p99.millis", 10, p99, "ms", absolute),
    atMost("pace.5ms.drift.boundaries", 0, drift, "", `after ${seconds} s`),
    informational("pace.5ms.late.p50.millis", median(late), "ms"),
    informational("pace.5ms.bare.late.p99.millis", p99OfStretches(bare), "ms", "a bare timer at the same time"),
    informational("pace.5ms.late.max.millis", Math.max(...late), "ms"),
    informational("pace.5ms.missed.boundaries", missed, "", "went into the next batch")
  ]
}

export const pace: Suite = {
  names: [
    "pace.5ms.late.p99.millis",
    "pace.5ms.drift.boundaries",
    "pace.5ms.late.p50.millis",
    "pace.5ms.bare.late.p99.millis",
    "pace.5ms.late.max.millis",
    "pace.5ms.missed.boundaries"
  ],
  run: async () => {
    const wall = makeWall()
    const stop = bareTimer(wall)
    const starts = await record(wall)
    return figures(starts, stop())
  }
}
