/** What outputs must hold, said as simply as it can be. Knows batches; knows nothing of crashes. */
import type { Event, OutputShape, Scenario } from "./scenario.ts"

/** A batch as it was fixed: what it took, in order. */
export interface Composed {
  readonly id: number
  readonly time: number
  readonly events: ReadonlyArray<Event>
}

export type Row = readonly [key: string, value: number]

/** By batch id, the rows of an output. A batch in which the output says nothing has no entry. */
export const expectedOf = (
  { intervalMillis, slideIntervals, windowIntervals }: Scenario,
  { operator }: OutputShape,
  batches: ReadonlyArray<Composed>
): ReadonlyMap<number, ReadonlyArray<Row>> => {
  const expected = new Map<number, ReadonlyArray<Row>>()
  const totals = new Map<string, number>()
  for (const { events, id, time } of batches) {
    switch (operator) {
      case "map":
        expected.set(id, events.map((event) => [event.key, event.id]))
        break
      case "filter":
        expected.set(id, events.filter((event) => event.value % 3 !== 0).map((event) => [event.key, event.id]))
        break
      case "total":
        expected.set(id, events.map(({ key, value }) => {
          totals.set(key, (totals.get(key) ?? 0) + value)
          return [key, totals.get(key)!]
        }))
        break
      case "distinct":
        expected.set(id, events.filter(({ key, value }) => {
          const seen = totals.has(`${key} ${value}`)
          totals.set(`${key} ${value}`, 1)
          return !seen
        }).map(({ key, value }) => [`${key} ${value}`, 1]))
        break
      case "window": {
        if (time % (slideIntervals * intervalMillis) !== 0) break
        const sums = new Map<string, number>()
        for (const other of batches) {
          if (other.time > time || other.time <= time - windowIntervals * intervalMillis) continue
          for (const { key, value } of other.events) sums.set(key, (sums.get(key) ?? 0) + value)
        }
        expected.set(id, [...sums])
        break
      }
    }
  }
  return expected
}
