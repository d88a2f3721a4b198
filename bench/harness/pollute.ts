/**
 * Runs pipelines of other shapes through both back ends, and other streams through the contenders, before anything is
 * timed: in a real process the code that pipelines share has seen many kinds of values and functions.
 */
import { DStream } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Rx from "rxjs"
import { feed } from "./feed.ts"

type Shape = (input: DStream.DStream<number>) => DStream.DStream<unknown>

const shapes: ReadonlyArray<Shape> = [
  (input) => input.pipe(DStream.map((n) => n + 0.5), DStream.filter((n) => n > 3), DStream.reduce((a, b) => a + b)),
  (input) => input.pipe(DStream.map(String), DStream.countByValue),
  (input) => input.pipe(DStream.map((n) => ({ n, odd: n % 2 === 1 })), DStream.filter(({ odd }) => odd)),
  (input) => input.pipe(DStream.flatMap((n) => [n, -n]), DStream.keyBy((n) => n % 7), DStream.reduceByKey(Math.max)),
  (input) => input.pipe(DStream.map((n) => [`${n % 9}`, n]), DStream.groupByKey, DStream.mapValues((ns) => ns.length)),
  (input) => input.pipe(DStream.map((n) => `${n} ${n}`), DStream.split(" "), DStream.count),
  (input) => input.pipe(DStream.filter((n) => n % 2 === 0), DStream.filter((n) => n > 3), DStream.map((n) => [n])),
  (input) => input.pipe(DStream.map((n) => n % 5 === 0 ? undefined : n), DStream.filter((n) => n !== undefined)),
  (input) => input.pipe(DStream.keyBy((n) => n & 15), DStream.mapValues((n) => ({ n })), DStream.groupByKey),
  (input) => input.pipe(DStream.flatMap((n) => new Set([n, 1])), DStream.map(BigInt), DStream.reduce((a, b) => a + b)),
  (input) =>
    DStream.union(input, DStream.map(input, (n) => n * n)).pipe(
      DStream.map((n) => [n > 9, 1]),
      DStream.reduceByKey((a, b) => a + b)
    ),
  (input) => input.pipe(DStream.map((n) => new Date(n)), DStream.map((date) => date.getTime()), DStream.countByValue)
]

const numbers = Array.from({ length: 2000 }, (_, index) => index)
const times = 20

export const pollute = async (): Promise<void> => {
  for (const backend of ["generated", "closures"] as const) {
    for (const shape of shapes) {
      const fed = feed(shape, { backend })
      for (let time = 0; time < times; time++) {
        await fed.ready()
        await fed.batch(numbers)
      }
      await fed.stop()
    }
  }
  for (let time = 0; time < times; time++) await others()
}

const others = async (): Promise<void> => {
  for (const f of functions) {
    Rx.from(numbers).pipe(
      Rx.map(f),
      Rx.filter((value) => value !== 3),
      Rx.mergeMap((value) => [value, value]),
      Rx.reduce((_, value) => value)
    ).subscribe()
    await Effect.runPromise(Stream.fromArray(numbers).pipe(
      Stream.map(f),
      Stream.filter((value) => value !== 3),
      Stream.flatMap((value) => Stream.make(value), { concurrency: 1 }),
      Stream.take(50),
      Stream.runCount
    ))
    await Effect.runPromise(Stream.fromArray(numbers).pipe(
      Stream.map(f),
      Stream.mapArray((values) => values),
      Stream.runFold(() => 0, (count) => count + 1)
    ))
  }
}

const functions: ReadonlyArray<(n: number) => unknown> = [
  (n) => n + 1,
  (n) => n * 2.5,
  String,
  (n) => ({ n }),
  (n) => [n],
  (n) => n % 2 === 0
]
