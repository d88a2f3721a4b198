/** Bringing the values of 10,000 keys together in batches of 100,000 readings, against loops over a `Map`. */
import { DStream } from "@millrace/core"
import { compare, type Comparison } from "../harness/compare.ts"
import { type Figure, informational, type Suite } from "../harness/Figure.ts"
import { feed } from "../harness/feed.ts"

interface Reading {
  readonly sensor: string
  readonly celsius: number
}

type Readings = ReadonlyArray<Reading>
type Pairs<A> = ReadonlyArray<readonly [sensor: string, value: A]>

const count = 100_000
const sensors = 10_000

/** The same readings every time, with names that nobody has hashed before. */
const readings = (): Readings => {
  let seed = 1
  return Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return { sensor: `s-${(seed >> 8) % sensors}`, celsius: seed & 63 }
  })
}

const greater = (left: number, right: number): number => left > right ? left : right

interface Box {
  readonly sensor: string
  celsius: number
}

const reduceByHand = (readings: Readings): Pairs<number> => {
  const boxes = new Map<string, Box>()
  for (let i = 0; i < readings.length; i++) {
    const { celsius, sensor } = readings[i]!
    const box = boxes.get(sensor)
    if (box === undefined) boxes.set(sensor, { sensor, celsius })
    else box.celsius = greater(box.celsius, celsius)
  }
  return Array.from(boxes.values(), ({ celsius, sensor }) => [sensor, celsius])
}

const groupByHand = (readings: Readings): Pairs<ReadonlyArray<number>> => {
  const groups = new Map<string, Array<number>>()
  for (let i = 0; i < readings.length; i++) {
    const { celsius, sensor } = readings[i]!
    const group = groups.get(sensor)
    if (group === undefined) groups.set(sensor, [celsius])
    else group.push(celsius)
  }
  return [...groups]
}

const measure = async <A>(
  hand: (readings: Readings) => Pairs<A>,
  build: (pairs: DStream.DStream<readonly [string, number]>) => DStream.DStream<readonly [string, A]>
): Promise<Comparison> => {
  const fed = feed<Reading, readonly [string, A]>((input) =>
    build(input.pipe(DStream.keyBy(({ sensor }) => sensor), DStream.mapValues(({ celsius }) => celsius))))
  const comparison = await compare<Readings>({
    items: count,
    rounds: 21,
    warm: 6,
    input: readings,
    contenders: [{ name: "hand", run: hand }, { name: "ours", ready: fed.ready, run: fed.batch }]
  })
  await fed.stop()
  return comparison
}

const figure = (name: string, { nanos, ratio }: Comparison): Figure =>
  informational(
    name,
    ratio("ours", "hand"),
    "x",
    `${nanos("ours").toFixed(1)} ns/reading against ${nanos("hand").toFixed(1)}`
  )

export const reduceByKey: Suite = {
  names: ["reducebykey.vs.hand"],
  run: async () => [figure("reducebykey.vs.hand", await measure(reduceByHand, DStream.reduceByKey(greater)))]
}

export const groupByKey: Suite = {
  names: ["groupbykey.vs.hand"],
  run: async () => [figure("groupbykey.vs.hand", await measure(groupByHand, DStream.groupByKey))]
}
