/** Sliding windows over event time: what sixty windows per record cost against six. */
import { DStream } from "@millrace/core"
import { Schema } from "effect"
import { type Figure, informational, type Suite } from "../harness/Figure.ts"
import { feed } from "../harness/feed.ts"
import { median } from "../harness/statistics.ts"

type Reading = readonly [key: string, reading: { readonly at: number; readonly value: number }]
type Readings = ReadonlyArray<Reading>

const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}`)
const slide = 10_000
const lengths = [6, 60] as const
/** One batch is one slide. */
const count = 20_000
const rounds = 15
const batchesPerRound = 6
/** Long, so that no boundary passes unnoticed while somebody else is measured. */
const batchInterval = 600_000

let seed = 1
const readingsOf = (batch: number): Readings =>
  Array.from({ length: count }, (_, index): Reading => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    const value = seed >> 8
    return [keys[value % keys.length]!, { at: batch * slide + Math.floor(index * slide / count) + value % 1000, value }]
  })

const ours = (length: number) =>
  feed<Reading, number>((input) =>
    input.pipe(
      DStream.assignTimestamps({ timestamp: ({ at }) => at, outOfOrderness: 1000 }),
      DStream.combineByKeyAndEventWindow({
        name: "windows",
        windowDuration: length * slide,
        slideDuration: slide,
        state: Schema.Number,
        createCombiner: ({ value }) => value,
        mergeValue: (most, { value }) => most > value ? most : value,
        mergeCombiners: (left, right) => left > right ? left : right
      }),
      DStream.map(([, { value }]) => value)
    ), { batchInterval })

const run = async (): Promise<ReadonlyArray<Figure>> => {
  const contenders = lengths.map((length) => ({ length, fed: ours(length), nanos: new Array<number>() }))
  let batch = 0
  const turn = async (isTimed: boolean): Promise<void> => {
    const all = Array.from({ length: batchesPerRound }, () => readingsOf(batch++))
    for (const { fed, nanos } of contenders) {
      let millis = 0
      for (const readings of all) {
        await fed.ready()
        const startedAt = performance.now()
        const told = await fed.batch(readings)
        millis += performance.now() - startedAt
        if (isTimed && told.length !== keys.length) throw new Error("A window does not tell all keys")
      }
      if (isTimed) nanos.push(millis * 1e6 / (count * batchesPerRound))
    }
  }
  // Until the longest window is full.
  for (let i = 0; i * batchesPerRound <= lengths[1]; i++) await turn(false)
  for (let i = 0; i < rounds; i++) await turn(true)
  for (const { fed } of contenders) await fed.stop()
  const [few, many] = contenders.map(({ nanos }) => nanos)
  const ratio = median(many!.map((nanos, round) => nanos / few![round]!))
  return [
    informational(
      "eventwindow.60.vs.6",
      ratio,
      "x",
      `${median(many!).toFixed(1)} ns/record against ${median(few!).toFixed(1)}`
    )
  ]
}

export const eventWindow: Suite = { names: ["eventwindow.60.vs.6"], run }
