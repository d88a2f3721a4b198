/**
 * Millrace's side: `millrace.ts WORKLOAD PORT`, then commands on standard input; a JSON line per batch on standard
 * output.
 */
import { createInterface } from "node:readline"
import { DStream, Pipeline, StateStore } from "@millrace/core"
import * as Tcp from "@millrace/receivers/Tcp"
import { Effect, Exit, Fiber, Schema, Scope, Stream } from "effect"
import { quiet } from "../harness/feed.ts"
import { type BatchLine, panes, type Workload } from "./protocol.ts"

type Lines = DStream.DStream<string, Tcp.TcpError>
const workload = process.argv[2] as Workload
const port = Number(process.argv[3])

const results = new Map<number, { readonly at: number; readonly sum: number }>()
const tell = (line: BatchLine | { readonly done: string }) => console.log(JSON.stringify(line))

const total = (pairs: ReadonlyArray<readonly [string, number]>) => {
  let sum = 0
  for (const [, n] of pairs) sum += n
  return sum
}

const result = <A>(sumOf: (items: ReadonlyArray<A>) => number) =>
  DStream.foreachBatch("result", ({ items, time }: { readonly items: ReadonlyArray<A>; readonly time: number }) =>
    Effect.sync(() => results.set(time, { sum: sumOf(items), at: Date.now() })))

const words = (lines: Lines) =>
  lines.pipe(
    DStream.flatMap((line) => line.split(" ")),
    DStream.map((word) => [word, 1]),
    DStream.reduceByKey((left, right) => left + right),
    result(total)
  )

const window = (lines: Lines, intervalMillis: number) =>
  lines.pipe(
    DStream.map((line) => [line.split(",")[0]!, 1]),
    DStream.reduceByKeyAndWindow({
      name: "window",
      windowDuration: panes * intervalMillis,
      value: Schema.Number,
      reduce: (left, right) => left + right
    }),
    result(total)
  )

const state = (lines: Lines) =>
  lines.pipe(
    DStream.map((line) => line.split(",")),
    DStream.map(([key, amount]) => [key!, Number(amount)]),
    DStream.mapWithState({
      name: "totals",
      state: Schema.Number,
      step: (amount, total = 0, key) => [total + amount, [key, total + amount]]
    }),
    result((items) => items.length)
  )

const workloads = { words, window, state } satisfies Record<Workload, unknown>

/** No rate control on either side, and room for what a batch of the highest rates holds. */
const pipelineOf = (intervalMillis: number) => {
  const lines = DStream.fromReceiver(Tcp.lines({ name: "lines", host: "127.0.0.1", port, initialRate: Infinity }))
  return Pipeline.make("beside", {
    batchInterval: intervalMillis,
    backpressure: false,
    buffer: { records: 10_000_000, bytes: 512 * 1024 * 1024 },
    drainTimeout: "1 second",
    outputs: [workloads[workload](lines, intervalMillis)]
  })
}

const told = (time: number, records: number): void => {
  const found = results.get(time)
  if (found === undefined) return
  results.delete(time)
  tell({ time, records, ...found })
}

const start = async (intervalMillis: number) => {
  results.clear()
  const scope = Scope.makeUnsafe()
  const provided = <A, E>(effect: Effect.Effect<A, E, Scope.Scope | StateStore>) =>
    quiet(Effect.provide(Scope.provide(effect, scope), StateStore.layerMemory))
  const fiber = await Effect.runPromise(provided(Effect.gen(function*() {
    const running = yield* Pipeline.start(pipelineOf(intervalMillis))
    const telling = Stream.runForEach(running.events, (event) =>
      Effect.sync(() => event._tag === "BatchCompleted" && told(event.batch.time, event.batch.records)))
    return yield* Effect.forkDetach(telling, { startImmediately: true })
  })))
  return async () => {
    await Effect.runPromise(Fiber.interrupt(fiber))
    await Effect.runPromise(quiet(Scope.close(scope, Exit.void)))
  }
}

let stop: (() => Promise<void>) | undefined
for await (const line of createInterface({ input: process.stdin })) {
  await stop?.()
  stop = line.startsWith("start ") ? await start(Number(line.slice("start ".length))) : undefined
  tell({ done: line })
}
process.exit(0)
