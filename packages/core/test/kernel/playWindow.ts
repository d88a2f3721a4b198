/** What may happen to a window's memory between two batches, and everything at once. */
import { assert } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { Delta, Memory, MemoryPlan } from "../../src/kernel/Memory.ts"
import type { Fed } from "../dstream/naiveWindows.ts"

export type Pair = readonly [string, string]

/** A batch, and what is done to the memory after it. */
export interface Act {
  readonly pairs: ReadonlyArray<Pair>
  readonly fate: number
}

const small = (below: number) => Arbitrary.map(Arbitrary.schema(Schema.Int), (n) => Math.abs(n % below))
export const letters = "abcdefgh"
const pair = Arbitrary.map(Arbitrary.all([small(6), small(8)]), ([key, value]): Pair => [`k${key}`, letters[value] ?? ""])
const act = Arbitrary.map(
  Arbitrary.all([Arbitrary.array(pair, { maxLength: 6 }), small(6), small(3)]),
  ([pairs, fate, quiet]): Act => ({ pairs: quiet === 0 ? [] : pairs, fate })
)
export const cases = Arbitrary.all([Arbitrary.array(act, { minLength: 10, maxLength: 40 }), small(3), small(7), small(9)])

export const planOf = (parent: number, slide: number, window: number): MemoryPlan => ({
  batchIntervalMillis: 1000,
  parentSlideMillis: (parent + 1) * 1000,
  slideMillis: (parent + 1) * (slide + 1) * 1000,
  windowMillis: (parent + 1) * (window + 1) * 1000,
  isWindow: true
})

/** All that was written down since the last snapshot, as a store keeps it: JSON. */
class Written {
  private readonly names = new Set<unknown>()
  private deltas: Array<string> = []
  take(delta: Delta): void {
    for (const name of delta.removed) this.names.delete(name)
    for (const name of delta.names) this.names.add(name)
    this.deltas.push(JSON.stringify(delta))
  }
  replace(snapshot: Delta): void {
    this.names.clear()
    this.deltas = []
    this.take(snapshot)
  }
  /** Names of batches that are no younger. */
  until(time: number): ReadonlyArray<unknown> {
    return [...this.names].filter((name) => typeof name === "number" && name <= time)
  }
  restore(memory: Memory): Memory {
    for (const delta of this.deltas) memory.restore(JSON.parse(delta))
    return memory
  }
}

const feed = (memory: Memory, { items, time }: Fed<unknown>, emits: boolean, add: (memory: Memory, item: any) => void) => {
  memory.begin({ id: 1, time, emits })
  for (const item of items) add(memory, item)
  return memory.finish()
}

/** What the memory emits, whatever happens to it between the batches. */
export const play = (
  make: (plan: MemoryPlan) => Memory,
  plan: MemoryPlan,
  acts: ReadonlyArray<Act>,
  add: (memory: Memory, item: any) => void
): ReadonlyArray<Fed<unknown>> => {
  const written = new Written()
  let memory = make(plan)
  const out: Array<Fed<unknown>> = []
  acts.forEach(({ pairs, fate }, index) => {
    const time = (index + 1) * plan.parentSlideMillis
    const emits = time % plan.slideMillis === 0
    if (fate % 2 === 1) {
      calls.left = fate === 1 ? Infinity : index % 7
      try {
        feed(memory, { time, items: [...pairs, ["k1", "x"], ["new", "x"]] }, emits, add)
      } catch (error) {
        assert.strictEqual(error, calls)
      }
      calls.left = Infinity
      memory.rollback()
      memory.rollback()
    }
    const items = feed(memory, { time, items: pairs }, emits, add)
    if (emits) out.push({ time, items })
    written.take(memory.delta())
    if (emits) assert.isEmpty(written.until(time - plan.windowMillis), "what has left every window is written down still")
    memory.commit()
    memory.commit()
    memory.rollback()
    if (fate === 2 || fate === 3) {
      memory = written.restore(make(plan))
    } else if (fate === 4) {
      written.replace(memory.snapshot())
      memory = written.restore(make(plan))
    } else if (fate === 5) {
      // The snapshot replaces what was written; the memory goes on and its deltas are of it.
      written.replace(memory.snapshot())
    }
  })
  return out
}

/** Functions of the user's throw when none are left. */
const calls = { left: Infinity }

export const counted = <A>(f: (left: A, right: A) => A) => (left: A, right: A): A => {
  if (calls.left-- <= 0) throw calls
  return f(left, right)
}
