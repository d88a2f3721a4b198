/** Sliding windows over 10,000 keys, with a function that has no inverse, against taking every window together anew. */
import { DStream } from "@millrace/core"
import { Schema } from "effect"
import { atLeast, atMost, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { feed } from "../harness/feed.ts"
import { median, quantile } from "../harness/statistics.ts"

type Pair = readonly [string, number]
type Pairs = ReadonlyArray<Pair>

const keys = Array.from({ length: 10_000 }, (_, index) => `key-${index}`)
const lengths = [6, 60, 600] as const
const longest = 600
const rounds = 15
/** Slides per round: all rounds together are a whole window, so everything that happens in turn has its turn. */
const slides = 40
/** Long, so that no boundary passes unnoticed while somebody else is measured. */
const intervalMillis = 600_000

const greater = (left: number, right: number): number => left > right ? left : right

let seed = 1
/** All keys once, each with a new value. */
const batch = (): Pairs =>
  keys.map((key) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return [key, seed >> 7]
  })

interface Contender {
  /** Takes the next batch and gives the window that ends with it. */
  readonly slide: (items: Pairs) => Promise<Pairs> | Pairs
  /** Takes the next batch without having to tell. */
  readonly fill: (items: Pairs) => Promise<unknown> | unknown
}

/** Keeps what every batch had, reduced per key, and takes all of them together for every window. */
const naive = (panes: number): Contender => {
  const kept: Array<ReadonlyMap<string, number>> = []
  const fill = (items: Pairs): void => {
    const pane = new Map<string, number>()
    for (const [key, value] of items) add(pane, key, value)
    kept.push(pane)
    if (kept.length > panes) kept.shift()
  }
  const slide = (items: Pairs): Pairs => {
    fill(items)
    const all = new Map<string, number>()
    for (const pane of kept) for (const [key, value] of pane) add(all, key, value)
    return [...all]
  }
  return { fill, slide }
}

const add = (map: Map<string, number>, key: string, value: number): void => {
  const known = map.get(key)
  map.set(key, known === undefined ? value : greater(known, value))
}

const ours = (panes: number, inverse: boolean) => {
  const fed = feed<Pair, Pair>((input) =>
    DStream.reduceByKeyAndWindow(input, {
      name: "window",
      windowDuration: panes * intervalMillis,
      value: Schema.Number,
      reduce: inverse ? (left, right) => left + right : greater,
      inverse: inverse ? (total, left) => total - left : undefined
    }), { batchInterval: intervalMillis })
  const slide = async (items: Pairs): Promise<Pairs> => {
    await fed.ready()
    return fed.batch(items)
  }
  return {
    contender: { slide, fill: slide },
    // An empty window is quickly written down.
    stop: async () => {
      for (let i = 0; i <= panes; i++) await slide([])
      await fed.stop()
    }
  }
}

const total = (pairs: Pairs): number => pairs.reduce((sum, [, value]) => sum + value, pairs.length)

/** Milliseconds per slide, for each round; and of each slide. */
interface Times {
  readonly perRound: Array<number>
  readonly all: Array<number>
}

type Name = `${"ours" | "inverse" | "naive"} ${(typeof lengths)[number]}`

/**
 * Turns of `slides` batches each, all contenders the same batches. What recomputes is timed for one slide in a turn.
 */
const measure = async (names: ReadonlyArray<Name>): Promise<ReadonlyMap<Name, Times>> => {
  const all = names.map((name) => {
    const panes = Number(name.split(" ")[1])
    const isNaive = name.startsWith("naive")
    const made = isNaive ? { contender: naive(panes), stop: () => {} } : ours(panes, name.startsWith("inverse"))
    return { ...made, name, isNaive, times: { perRound: [], all: [] } as Times }
  })
  for (let i = 0; i < longest; i++) {
    const items = batch()
    for (const { contender } of all) await contender.fill(items)
  }
  for (let round = 0; round < rounds; round++) {
    const batches = Array.from({ length: slides }, batch)
    const sums = new Map<string, number>()
    for (const { contender, isNaive, name, times } of all) {
      const untimed = isNaive ? batches.slice(0, -1) : []
      for (const items of untimed) await contender.fill(items)
      const timed = batches.slice(untimed.length)
      let out: Pairs = []
      for (const items of timed) {
        const startedAt = performance.now()
        out = await contender.slide(items)
        times.all.push(performance.now() - startedAt)
      }
      times.perRound.push(times.all.slice(-timed.length).reduce((sum, millis) => sum + millis) / timed.length)
      sums.set(name, total(out))
    }
    for (const panes of lengths) {
      const [theirs, mine] = [sums.get(`naive ${panes}`), sums.get(`ours ${panes}`)]
      if (theirs !== undefined && mine !== undefined && theirs !== mine) throw new Error(`Windows of ${panes} differ`)
    }
  }
  for (const { stop } of all) await stop()
  return new Map(all.map(({ name, times }) => [name, times]))
}

const run = async (): Promise<ReadonlyArray<Figure>> => {
  const minute = await measure(["ours 60", "naive 60"])
  const long = await measure(["ours 600", "ours 6", "naive 600"])
  const inverse = await measure(["ours 600", "inverse 600"])
  const ratio = (times: ReadonlyMap<Name, Times>, name: Name, by: Name): number =>
    median(times.get(name)!.perRound.map((millis, round) => millis / times.get(by)!.perRound[round]!))
  const millis = (times: ReadonlyMap<Name, Times>, name: Name): string => median(times.get(name)!.perRound).toFixed(2)
  const against = (times: ReadonlyMap<Name, Times>, name: Name, other: Name): string =>
    `${millis(times, name)} ms/slide against ${millis(times, other)}`
  const { all } = (await measure(["ours 600"])).get("ours 600")!
  return [
    atLeast("window.600.vs.naive", 40, ratio(long, "naive 600", "ours 600"), against(long, "ours 600", "naive 600")),
    atLeast("window.60.vs.naive", 6, ratio(minute, "naive 60", "ours 60"), against(minute, "ours 60", "naive 60")),
    atMost("window.600.vs.6", 2.5, ratio(long, "ours 600", "ours 6"), "x", against(long, "ours 600", "ours 6")),
    informational(
      "window.600.inverse.vs.stacks",
      ratio(inverse, "ours 600", "inverse 600"),
      "x",
      against(inverse, "inverse 600", "ours 600")
    ),
    informational(
      "window.600.worst",
      Math.max(...all),
      "ms",
      `p50 ${quantile(all, 0.5).toFixed(2)} ms, p99 ${quantile(all, 0.99).toFixed(2)} ms of ${all.length} slides`
    )
  ]
}

export const window: Suite = {
  names: [
    "window.600.vs.naive",
    "window.60.vs.naive",
    "window.600.vs.6",
    "window.600.inverse.vs.stacks",
    "window.600.worst"
  ],
  run
}
