/** What is asked of a side: first result, delays, memory, the smallest interval, the highest rate. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Delay } from "./Delays.ts"
import { type Program, Side } from "./Side.ts"
import type { Workload } from "./protocol.ts"

export const calm = { intervalMillis: 500, rate: 10_000 }
const intervals = [200, 100, 50, 20, 10, 5]
/** The first rate of the ladder, and from step to step. */
const ladder = { from: 20_000, factor: 1.5, until: 4_000_000 }
const warmMillis = 6_000
const calmMillis = 6_000
const stepMillis = 2_500
/** What a new start at another interval is given before it counts. */
const settleMillis = 1_500

export interface Measured {
  readonly firstResultMillis: number
  readonly delay: Delay
  readonly memoryMiB: number | undefined
  /** `undefined`: not even the longest of them. */
  readonly smallestInterval: number | undefined
  /** Lines per second. `undefined`: not even the first step. */
  readonly rate: number | undefined
  /** The ladder ended before the side did. */
  readonly rateIsMore: boolean
}

/** Delays of a second in the middle of a step, looked at when a second has passed since. */
const midStep = async (side: Side): Promise<Delay> => {
  const begun = Date.now()
  await sleep(stepMillis)
  return side.delays.between(begun + 500, begun + 1_500)
}

/**
 * Keeping up: half of the records are there within so many intervals and, for a socket's and a timer's sake, 10 ms. A
 * side that does not is later from batch to batch, and past any such bound soon.
 */
const keepsUp = ({ p50 }: Delay, millis: number): boolean => p50 <= millis + 10

const highestRate = async (side: Side) => {
  let rate: number | undefined
  for (let next = ladder.from; next <= ladder.until; next *= ladder.factor) {
    side.rate(next)
    if (!keepsUp(await midStep(side), 2 * calm.intervalMillis)) return { rate, rateIsMore: false }
    rate = next
  }
  return { rate, rateIsMore: true }
}

const smallestInterval = async (side: Side): Promise<number | undefined> => {
  let smallest: number | undefined = calm.intervalMillis
  for (const interval of intervals) {
    await side.start(interval)
    side.rate(calm.rate)
    await sleep(settleMillis)
    if (!keepsUp(await midStep(side), 3 * interval)) break
    smallest = interval
  }
  return smallest
}

export const measure = async (program: Program, workload: Workload): Promise<Measured> => {
  const side = await Side.open(program, workload)
  try {
    await side.start(calm.intervalMillis)
    side.rate(calm.rate)
    await side.until(() => side.firstResultAt !== undefined)
    const firstResultMillis = side.firstResultAt! - side.startedAt
    await sleep(warmMillis)
    const begun = Date.now()
    await sleep(calmMillis)
    const memoryMiB = side.memory
    await sleep(2 * calm.intervalMillis)
    const delay = side.delays.between(begun, begun + calmMillis - calm.intervalMillis)
    const smallest = keepsUp(delay, 2 * calm.intervalMillis) ? await smallestInterval(side) : undefined
    await side.start(calm.intervalMillis)
    const highest = await highestRate(side)
    if (side.wrong > 0) throw new Error(`${side.wrong} batches had a result that their records do not add up to`)
    return { firstResultMillis, delay, memoryMiB, smallestInterval: smallest, ...highest }
  } finally {
    side.close()
  }
}
