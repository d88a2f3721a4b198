import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Arbitrary, Schema } from "effect"
import { isSameOverAStore } from "../dstream/storedLaws.ts"
import { hostileKeys, hostilePair, smallInt } from "../dstream/support.ts"

type Pair = readonly [string, number]

const key = Arbitrary.map(smallInt, (n) => "abcdefghij"[n] ?? "")

const pair = Arbitrary.map(Arbitrary.all([key, smallInt]), ([key, n]): Pair => [key, n - 3])

interface Options {
  readonly timeout?: "500 millis" | "2 seconds" | "7 seconds" | undefined
  readonly refreshOnRead?: boolean
  readonly maxKeys?: number
  readonly initialState?: Iterable<Pair> | undefined
}

/** Negative numbers remove, 0 reads. */
const stepping = ({ maxKeys, ...options }: Options) => (input: DStream.DStream<Pair>) =>
  DStream.mapWithState(input, {
    name: "stepping",
    state: Schema.Number,
    ...options,
    ...(maxKeys === undefined ? {} : { maxKeys, onMaxKeys: "expireOldest" as const }),
    step: (n, state, key, time) =>
      n < 0 ? [undefined, `${key} ${state}`] : n === 0 ? [state] : [n, `${key} ${state} ${n} ${time}`],
    onTimeout: (state, key, time) => `${key} ${state} out ${time}`
  })

const initialState: ReadonlyArray<Pair> = [["c", 1], ["x", 2], ["y", 3]]

describe("StoredState", () => {
  isSameOverAStore("keys that come and go", pair, stepping({}))
  for (const timeout of ["500 millis", "2 seconds", "7 seconds"] as const) {
    isSameOverAStore(`a timeout of ${timeout}`, pair, stepping({ timeout, initialState }))
  }
  isSameOverAStore("a timeout and reads that refresh", pair, stepping({ timeout: "2 seconds", refreshOnRead: true }))
  for (const maxKeys of [1, 2, 5]) {
    isSameOverAStore(`room for ${maxKeys}`, pair, stepping({ maxKeys, initialState }))
    isSameOverAStore(`room for ${maxKeys} and a timeout`, pair, stepping({ maxKeys, timeout: "7 seconds" }))
  }
  isSameOverAStore("hostile keys", hostilePair, (input) =>
    DStream.mapWithState(input, {
      name: "hostile",
      state: Schema.Number,
      initialState: hostileKeys.map((key) => [key, NaN]),
      step: (n, sum = 0, key) => n === 3 ? [undefined] : [sum + n, [key, sum]]
    }))
  for (const emit of ["changed", "all"] as const) {
    isSameOverAStore(`running totals, ${emit}`, pair, (input) =>
      DStream.runningReduceByKey(input, {
        name: "totals",
        state: Schema.Number,
        emit,
        timeout: "2 seconds",
        reduce: (left, right) => left + right
      }))
  }
  isSameOverAStore("running counts", pair, (input) => DStream.runningCountByKey(input, { name: "counts", emit: "all" }))
  isSameOverAStore("what was seen", key, (input) => DStream.distinct(input, { name: "seen", within: "2 seconds" }))
  isSameOverAStore("what was seen last", key, (input) =>
    DStream.distinct(input, { name: "seen", maxKeys: 3, onMaxKeys: "expireOldest" }))
})
