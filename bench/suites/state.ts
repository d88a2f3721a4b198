/** State per key through the engine: what a batch of 10,000 keys costs beside what is stored. */
import { DStream } from "@millrace/core"
import { Schema } from "effect"
import { atLeast, atMost, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { feed } from "../harness/feed.ts"
import { median } from "../harness/statistics.ts"
import { withDelta } from "../harness/withDelta.ts"

type Pair = readonly [string, number]
type Pairs = ReadonlyArray<Pair>

const touched = 10_000
const stored = [10_000, 100_000, 1_000_000] as const
const rounds = 41
const warm = 10
/** Prime to every number of stored keys, and far from one key to the next. */
const stride = 7_919
/** Long, so that no boundary passes unnoticed while somebody else is measured. */
const intervalMillis = 600_000

interface Contender {
  readonly ready: () => Promise<void>
  readonly batch: (items: Pairs) => Promise<Pairs> | Pairs
  readonly stop: () => Promise<void>
}

const bareMap = (): Contender => {
  const totals = new Map<string, number>()
  const batch = (items: Pairs): Pairs => {
    const out: Array<Pair> = []
    for (let i = 0; i < items.length; i++) {
      const [key, n] = items[i]!
      const total = (totals.get(key) ?? 0) + n
      totals.set(key, total)
      out.push([key, total])
    }
    return out
  }
  return { ready: async () => {}, batch, stop: async () => {} }
}

const mapWithState = (delta: boolean, timeout?: number | undefined): Contender =>
  feed<Pair, Pair>((input) => {
    const stream = DStream.mapWithState(input, {
      name: "totals",
      state: Schema.Number,
      timeout,
      step: (n, total, key) => {
        const next = (total ?? 0) + n
        return [next, [key, next]]
      }
    })
    return delta ? withDelta(stream) : stream
  }, { batchInterval: intervalMillis })

const updateStateByKey = (): Contender =>
  feed<Pair, Pair>((input) =>
    DStream.updateStateByKey(input, {
      name: "totals",
      state: Schema.Number,
      update: (values, total = 0) => {
        let sum = total
        for (let i = 0; i < values.length; i++) sum += values[i]!
        return sum
      }
    }), { batchInterval: intervalMillis })

type Times = ReadonlyMap<string, ReadonlyArray<number>>

const ratio = (times: Times, over: string, under: string): number =>
  median(times.get(over)!.map((millis, round) => millis / times.get(under)![round]!))

/** Milliseconds per batch, contenders taking turns. All of them first see all keys. */
const measure = async (keys: number, contenders: Readonly<Record<string, Contender>>, times: number): Promise<Times> => {
  const names = Array.from({ length: keys }, (_, index) => `key-${index}`)
  const batchAt = (at: number): Pairs =>
    Array.from({ length: touched }, (_, index) => [names[(at * touched + index) * stride % keys]!, 1 + index % 7])
  const all = Object.entries(contenders)
  const taken = new Map(all.map(([name]) => [name, new Array<number>()]))
  const filling = keys / touched
  for (let at = 0; at < filling + warm + times; at++) {
    const items = batchAt(at)
    for (let turn = 0; turn < all.length; turn++) {
      const [name, { batch, ready }] = all[(at + turn) % all.length]!
      await ready()
      const startedAt = performance.now()
      const answer = batch(items)
      const out = answer instanceof Promise ? await answer : answer
      const millis = performance.now() - startedAt
      if (out.length < touched) throw new Error(`${name} gave ${out.length} results`)
      if (at >= filling + warm) taken.get(name)!.push(millis)
    }
  }
  for (const { stop } of Object.values(contenders)) await stop()
  return taken
}

const figures = async (): Promise<ReadonlyArray<Figure>> => {
  const shares: Array<{ readonly share: number; readonly text: string }> = []
  for (const keys of stored) {
    const times = await measure(keys, { map: bareMap(), ours: mapWithState(true) }, rounds)
    const millis = (name: string) => median(times.get(name)!).toFixed(2)
    const share = ratio(times, "map", "ours")
    shares.push({ share, text: `${keys}: ${share.toFixed(2)} (${millis("ours")} ms against ${millis("map")})` })
  }
  const all = await measure(1_000_000, { ours: mapWithState(false), update: updateStateByKey() }, 11)
  const plain = mapWithState(false)
  const timed = mapWithState(false, 30 * intervalMillis)
  const timeouts = await measure(100_000, { plain, timed }, rounds * 3)
  const millis = (times: Times, name: string) => `${median(times.get(name)!).toFixed(2)} ms`
  return [
    atLeast("state.touched.vs.map", 0.5, Math.min(...shares.map(({ share }) => share)), shares.map(({ text }) => text).join("; ")),
    atLeast(
      "state.1e6.vs.updateStateByKey",
      10,
      ratio(all, "update", "ours"),
      `${millis(all, "ours")} against ${millis(all, "update")}`
    ),
    atMost(
      "state.timeout.cost",
      1.1,
      ratio(timeouts, "timed", "plain"),
      "x",
      `${millis(timeouts, "timed")} against ${millis(timeouts, "plain")}`
    ),
    informational("state.nanos", median(timeouts.get("plain")!) * 1e6 / touched, "ns/record", "100,000 keys, no delta")
  ]
}

export const state: Suite = {
  names: ["state.touched.vs.map", "state.1e6.vs.updateStateByKey", "state.timeout.cost", "state.nanos"],
  run: figures
}
