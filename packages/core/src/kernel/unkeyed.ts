/** A memory over keys, for a stage that has none: everything has the same key. */
import { allOf, type Delta, type Memory } from "./Memory.ts"

const only = ""

/** With `empty`, that is what is emitted once there has been something and there is nothing left. */
export const unkeyed = (memory: Memory, empty?: { readonly value: unknown }): Memory => {
  let had = false
  let before = false
  return {
    begin: (batch) => {
      before = had
      memory.begin(batch)
    },
    add: (item) => memory.add(only, item, only),
    finish: () => {
      const values = memory.finish().map((pair) => Array.isArray(pair) ? pair[1] : pair)
      if (empty === undefined) return values
      had ||= values.length > 0
      return had && values.length === 0 ? [empty.value] : values
    },
    delta: () => {
      const delta = memory.delta()
      return had && !before ? allOf(delta, hasHad) : delta
    },
    commit: () => {
      before = had
      memory.commit()
    },
    rollback: () => {
      had = before
      memory.rollback()
    },
    snapshot: () => had ? allOf(memory.snapshot(), hasHad) : memory.snapshot(),
    restore: (delta) => {
      had = before ||= delta.names.includes("had")
      memory.restore(delta)
    }
  }
}

const hasHad: Delta = { removed: [], names: ["had"], values: [true] }
