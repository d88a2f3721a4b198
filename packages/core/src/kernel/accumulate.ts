/** The start and the end of a batch in a stage, the same for both back ends. */
import type { Accumulator } from "./Kernel.ts"
import type { Memory } from "./Memory.ts"
import { nowhere, type Refused } from "./Refused.ts"
import type { Aggregation } from "./Step.ts"

/** What a keyed accumulator keeps per key: the key that came first, and the result so far. */
export interface Entry {
  readonly k: any
  v: any
}

const usesEntries = (aggregation: Aggregation): boolean => {
  switch (aggregation.op) {
    case "countByValue":
    case "groupByKey":
    case "reduceByKey":
    case "combineByKey":
      return true
    case "collect":
    case "count":
    case "reduce":
    case "remember":
      return false
  }
}

export const beginOf = (aggregation: Aggregation): (memory?: Memory, refused?: Refused) => Accumulator => {
  const entries = usesEntries(aggregation)
  const value = aggregation.op === "count" ? 0 : undefined
  return (memory, refused = nowhere) => ({
    out: [],
    map: entries ? new Map() : undefined,
    value,
    present: false,
    step: 0,
    memory,
    refused
  })
}

export const finishOf = (aggregation: Aggregation): (accumulator: Accumulator) => ReadonlyArray<unknown> => {
  if (usesEntries(aggregation)) return pairs
  switch (aggregation.op) {
    case "count":
      return ({ value }) => [value]
    case "reduce":
      return ({ present, value }) => present ? [value] : []
    case "remember":
      return ({ memory }) => memory?.finish() ?? []
    default:
      return ({ out }) => out
  }
}

/** Entries become pairs in their own array, in the order in which their keys first came. */
const pairs = ({ out }: Accumulator): ReadonlyArray<unknown> => {
  for (let i = 0; i < out.length; i++) {
    const entry: Entry = out[i]
    out[i] = [entry.k, entry.v]
  }
  return out
}
