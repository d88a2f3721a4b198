/** Partitions of a batch: slices of it, one after the other, of a number that the plan knows. */
import type { Plan } from "../plan/Plan.ts"
import { flatten, type Segments, type Slots } from "./Turn.ts"

/** The partitions of a slot, one array each. Segments that were not made by a cut are one partition. */
export const partitionsOf = (plan: Plan, slots: Slots, slot: number): Segments => {
  const segments = slots[slot] ?? []
  if ((plan.partitions[slot] ?? 1) === 1) return [flatten(segments, plan.settings)]
  return plan.settings.freezeBatches ? segments.map((segment) => flatten([segment], plan.settings)) : segments
}

/** Contiguous, in order, as even as can be; some are empty where there are fewer items than slices. */
export const slicesOf = (items: ReadonlyArray<unknown>, count: number): Segments =>
  count === 1
    ? [items]
    : Array.from({ length: count }, (_, index) =>
      items.slice(Math.floor(index * items.length / count), Math.floor((index + 1) * items.length / count)))
