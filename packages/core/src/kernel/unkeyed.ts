/** A memory over keys, for a stage that has none: everything has the same key. */
import type { Memory } from "./Memory.ts"

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
      const { removed, set } = memory.delta()
      return { set: had && !before ? [...set, ["had", true]] : set, removed }
    },
    commit: () => {
      before = had
      memory.commit()
    },
    rollback: () => {
      had = before
      memory.rollback()
    },
    snapshot: () => had ? [...memory.snapshot(), ["had", true]] : memory.snapshot(),
    restore: (entries) => {
      had = before = entries.some(([name]) => name === "had")
      memory.restore(entries)
    }
  }
}
