/** Goes through every state that can be reached, and from each through a recovery, until a record is lost or doubled. */
import { type Bounds, copy, found, fresh, initial, keyOf, preparedOf, recordsOf, rowsOf, type State, type Variant } from "./state.ts"
import { commit, stepsOf } from "./steps.ts"

export interface Explored {
  readonly states: number
  /** Whether nothing was left to look at. */
  readonly isComplete: boolean
  readonly violation: { readonly what: string; readonly trace: ReadonlyArray<string> } | undefined
}

export const explore = (variant: Variant, bounds: Bounds, maxStates = 1_000_000): Explored => {
  const first = initial(bounds)
  const seen = new Map<string, readonly [before: string, step: string] | undefined>([[keyOf(first), undefined]])
  const traceOf = (state: State): ReadonlyArray<string> => {
    const trace: Array<string> = []
    for (let came = seen.get(keyOf(state)); came !== undefined; came = seen.get(came[0])) trace.push(came[1])
    return trace.reverse()
  }
  for (let front: Array<State> = [first]; front.length > 0;) {
    const next: Array<State> = []
    for (const state of front) {
      const what = wrongWith(state, variant, bounds)
      if (what !== undefined) {
        return { states: seen.size, isComplete: false, violation: { what, trace: traceOf(state) } }
      }
      const key = keyOf(state)
      for (const [name, after] of stepsOf(state, variant, bounds)) {
        const other = keyOf(after)
        if (seen.has(other)) continue
        seen.set(other, [key, name])
        next.push(after)
      }
    }
    if (seen.size > maxStates) return { states: seen.size, isComplete: false, violation: undefined }
    front = next
  }
  return { states: seen.size, isComplete: true, violation: undefined }
}

const isDoubled = (rows: ReadonlyArray<number>): boolean => new Set(rows).size < rows.length

const wrongWith = (state: State, variant: Variant, bounds: Bounds): string | undefined => {
  if (isDoubled(rowsOf(state, variant))) return "a record is doubled"
  for (const how of state.powerLosses < bounds.powerLosses ? ["a kill", "a power loss"] : ["a kill"]) {
    const rows = recovered(state, variant, how === "a power loss")
    for (let record = 0; record < bounds.records; record++) {
      if (!rows.includes(record)) return `a record is lost after ${how}`
    }
    if (isDoubled(rows)) return `a record is doubled after ${how}`
  }
  return undefined
}

/** What the sink holds after a new owner has done everything there is to do, and what was on its way has come. */
const recovered = (before: State, variant: Variant, powerIsLost: boolean): ReadonlyArray<number> => {
  const state = copy(before)
  if (powerIsLost) for (const journal of state.journals) journal.entries.length = journal.durable
  const epoch = state.epoch + 1
  if (variant.sink === "transactional" && variant.noFence !== true) state.sink.fence = epoch
  const { log } = found(state, epoch - 1)
  const prepared = preparedOf(log)
  for (const { batch, records } of prepared) {
    if (batch > state.sink.last || variant.sink !== "transactional") commit(state, [epoch, batch, records], variant)
  }
  const known = recordsOf(log)
  const redelivered = state.unacknowledged.filter((record) => variant.noDedupe === true || !known.includes(record))
  const rest = [...fresh(log), ...redelivered]
  if (rest.length > 0) commit(state, [epoch, (prepared.at(-1)?.batch ?? 0) + 1, rest], variant)
  for (const request of state.requests) commit(state, request, variant)
  return rowsOf(state, variant)
}
