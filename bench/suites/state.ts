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
const warm = 5
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

let seed = 1
const random = (below: number): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
  return (seed >> 8) % below
}

/** In an order that neither a table nor a cache foresees, the same in every run. */
const shuffled = (names: Array<string>): ReadonlyArray<string> => {
  for (let i = names.length - 1; i > 0; i--) {
    const j = random(i + 1)
    const name = names[i]!
    names[i] = names[j]!
    names[j] = name
  }
  return names
}

type Times = ReadonlyMap<string, ReadonlyArray<number>>

const ratio = (times: Times, over: string, under: string): number =>
  median(times.get(over)!.map((millis, round) => millis / times.get(under)![round]!))

interface Measured {
  readonly keys: number
  readonly rounds: number
  /** Batches that a contender has one after the other, so that the garbage it makes is cleared away in its own time. */
  readonly inARow: number
}

/** Milliseconds per batch for each round, contenders taking turns. All of them first see all keys. */
const measure = async (
  { inARow, keys, rounds }: Measured,
  contenders: Readonly<Record<string, Contender>>
): Promise<Times> => {
  const names = shuffled(Array.from({ length: keys }, (_, index) => `key-${index}`))
  let from = 0
  const next = (): Pairs => {
    const slice = names.slice(from, from + touched)
    from = (from + touched) % keys
    return shuffled(slice).map((name, index) => [name, 1 + index % 7])
  }
  const all = Object.entries(contenders)
  for (let at = 0; at < keys / touched; at++) {
    const items = next()
    for (const [name, contender] of all) await once(name, contender, items)
  }
  const times = new Map(all.map(([name]) => [name, new Array<number>()]))
  for (let round = 0; round < warm + rounds; round++) {
    const batches = Array.from({ length: inARow }, next)
    for (let turn = 0; turn < all.length; turn++) {
      const [name, contender] = all[(round + turn) % all.length]!
      let millis = 0
      for (const items of batches) millis += await once(name, contender, items)
      if (round >= warm) times.get(name)!.push(millis / inARow)
    }
  }
  for (const { stop } of Object.values(contenders)) await stop()
  return times
}

const once = async (name: string, { batch, ready }: Contender, items: Pairs): Promise<number> => {
  await ready()
  const startedAt = performance.now()
  const answer = batch(items)
  const out = answer instanceof Promise ? await answer : answer
  const millis = performance.now() - startedAt
  if (out.length < touched) throw new Error(`${name} gave ${out.length} results`)
  return millis
}

const figures = async (): Promise<ReadonlyArray<Figure>> => {
  const shares: Array<{ readonly share: number; readonly text: string }> = []
  for (const keys of stored) {
    const times = await measure({ keys, rounds: 31, inARow: 12 }, { map: bareMap(), ours: mapWithState(true) })
    const millis = (name: string) => median(times.get(name)!).toFixed(2)
    const share = ratio(times, "map", "ours")
    shares.push({ share, text: `${keys}: ${share.toFixed(2)} (${millis("ours")} ms against ${millis("map")})` })
  }
  const all = await measure(
    { keys: 1_000_000, rounds: 11, inARow: 2 },
    { ours: mapWithState(false), update: updateStateByKey() }
  )
  const plain = mapWithState(false)
  const timed = mapWithState(false, 30 * intervalMillis)
  const timeouts = await measure({ keys: 100_000, rounds: 41, inARow: 12 }, { plain, timed })
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
