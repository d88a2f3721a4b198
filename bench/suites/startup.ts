/** What it costs to begin: to compile a pipeline, and to run the first batch. */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { informational, type Suite } from "../harness/Figure.ts"
import { feed, quiet } from "../harness/feed.ts"
import { skipping } from "../harness/skippingClock.ts"
import { median } from "../harness/statistics.ts"

const chains = 10
const records = Array.from({ length: 10_000 }, (_, index) => index)

const source = Receiver.perBatch<number>({
  name: "numbers",
  initialRate: Infinity,
  open: () => Effect.succeed(() => Effect.succeed(Option.some({ payload: records, records: records.length, bytes: 0 })))
})

/** Ten chains of three steps and an aggregation each, one after another: ten loops are made. */
const makePipeline = () => {
  let stream: DStream.DStream<number> = DStream.fromReceiver(source)
  for (let chain = 0; chain < chains; chain++) {
    stream = stream.pipe(
      DStream.map((n) => n + chain),
      DStream.filter((n) => n >= chain),
      DStream.map((n) => [n & 63, n]),
      DStream.reduceByKey((left, right) => Math.max(left, right)),
      DStream.map(([, n]) => n)
    )
  }
  const output = DStream.foreachBatch(stream, "seen", () => Effect.void)
  return Pipeline.make("startup", { batchInterval: "1 second", outputs: [output] })
}

const micros = async (work: () => unknown, times: number): Promise<number> => {
  const all: Array<number> = []
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now()
    await work()
    all.push((performance.now() - startedAt) * 1000)
  }
  return median(all)
}

/** The first batches of a pipeline whose operators nobody has run before, and what one costs once it has settled. */
const batches = async () => {
  const fed = feed<number, readonly [number, number]>((input) =>
    input.pipe(
      DStream.map((n) => ({ n, half: n / 2 })),
      DStream.filter(({ half }) => half !== 7),
      DStream.map(({ n }) => [n & 255, n]),
      DStream.reduceByKey((left, right) => (left + right) | 0)
    )
  )
  const times: Array<number> = []
  for (let batch = 0; batch < 300; batch++) {
    await fed.ready()
    times.push(await micros(() => fed.batch(records), 1))
  }
  await fed.stop()
  return { first: times[0]!, second: times[1]!, settled: median(times.slice(100)) }
}

export const startup: Suite = {
  names: [
    "plan.explain.micros",
    "start.to.end.micros",
    "batch.first.micros",
    "batch.second.micros",
    "batch.settled.micros"
  ],
  run: async () => {
    const explained = await micros(() => Pipeline.explain(makePipeline()), 25)
    const oneBatch = () => Effect.runPromise(quiet(skipping(Pipeline.run(makePipeline(), { batches: 1 }))))
    const started = await micros(oneBatch, 25)
    const { first, second, settled } = await batches()
    return [
      informational("plan.explain.micros", explained, "µs", `${chains} stages, compiled and spelled out`),
      informational("start.to.end.micros", started, "µs", `started, one batch of ${records.length}, ended`),
      informational("batch.first.micros", first, "µs", `of ${records.length} records`),
      informational("batch.second.micros", second, "µs", ""),
      informational("batch.settled.micros", settled, "µs", "")
    ]
  }
}
