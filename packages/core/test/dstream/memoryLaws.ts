/** What every memory owes the engine, tried on the memory itself: rollback, deltas, snapshots. */
import { assert, it } from "@effect/vitest"
import { DStream, Receiver } from "@millrace/core"
import { Arbitrary, Effect, Schema, Stream } from "effect"
import { isDeepStrictEqual } from "node:util"
import type { Primitive } from "../../src/batch/Key.ts"
import type { Entry, Memory, MemoryPlan } from "../../src/kernel/Memory.ts"
import type { Build } from "./support.ts"

const plan: MemoryPlan = {
  batchIntervalMillis: 1000,
  parentSlideMillis: 1000,
  slideMillis: 1000,
  windowMillis: 1000,
  isWindow: false
}

/** One batch of the script, and what is done to the memory before it. */
interface Turn<A> {
  readonly items: ReadonlyArray<A>
  readonly before: "nothing" | "a batch that fails" | "a failure half way" | "a restart" | "a restart from deltas"
}

const befores: ReadonlyArray<Turn<never>["before"]> = [
  "nothing",
  "a batch that fails",
  "a failure half way",
  "a restart",
  "a restart from deltas"
]

const json = (entries: Iterable<Entry>): ReadonlyArray<Entry> =>
  Array.from(entries, ([name, value]): Entry => [name, JSON.parse(JSON.stringify(value))])

/**
 * A memory that fails, is rolled back and restarted emits and remembers what one does that is left alone; what deltas
 * add up to is what a snapshot holds.
 */
export const keepsMemoryLaws = <A, B, E, R>(
  title: string,
  item: Arbitrary.Arbitrary<A>,
  build: Build<A, B, E, R>,
  { runs = 150 }: { readonly runs?: number } = {}
): void => {
  const input = DStream.fromReceiver(Receiver.make<A>({ name: "none", open: () => Effect.succeed(Stream.empty) }))
  const node = build(input).node
  assert(node._tag === "Remember")
  const add = (memory: Memory, item: unknown) => {
    if (node.keyed && Array.isArray(item)) memory.add(item[0], item[1], item[0])
    else memory.add(item)
  }
  const make = () => node.make(plan)
  const turn = Arbitrary.map(
    Arbitrary.all([Arbitrary.array(item, { maxLength: 8 }), Arbitrary.schema(Schema.Int)]),
    ([items, n]): Turn<A> => ({ items, before: befores[Math.abs(n) % 7] ?? "nothing" })
  )
  const holds = (turns: ReadonlyArray<Turn<A>>): boolean => {
    const plain = make()
    const tried = new Tried(make, add)
    return turns.every(({ before, items }, index) => {
      const time = (index + 1) * 1000
      tried.prepare(before, time, turns[(index + 1) % turns.length]?.items ?? [])
      plain.begin({ id: index, time, emits: true })
      for (const item of items) add(plain, item)
      const expected = plain.finish()
      const actual = tried.batch(time, items)
      const same = isDeepStrictEqual(actual, expected) && isDeepStrictEqual(tried.memory.recall?.(), plain.recall?.())
      plain.commit()
      tried.memory.commit()
      const snapshot = sorted(tried.memory.snapshot())
      const untouched = tried.written.size === 0 && isDeepStrictEqual(snapshot, sorted(make().snapshot()))
      return same && (untouched || isDeepStrictEqual(sorted(tried.written.entries()), snapshot))
    })
  }
  it.effect(title, () =>
    Effect.gen(function*() {
      const turns = Arbitrary.array(turn, { minLength: 20, maxLength: 60 })
      const result = yield* Arbitrary.checkEffect(turns, (turns) => Effect.sync(() => holds(turns)), { runs, size: 40 })
      assert.strictEqual(result._tag, "Passed", result._tag === "Falsified" ? JSON.stringify(result.shrunkInput) : "")
    }))
}

const sorted = (entries: Iterable<Entry>): ReadonlyArray<Entry> =>
  json(entries).toSorted(([left], [right]) => `${typeof left}${left}` < `${typeof right}${right}` ? -1 : 1)

class Tried {
  memory: Memory
  /** What all deltas add up to. */
  written = new Map<Primitive, unknown>()
  private readonly make: () => Memory
  private readonly add: (memory: Memory, item: unknown) => void

  constructor(make: () => Memory, add: (memory: Memory, item: unknown) => void) {
    this.make = make
    this.add = add
    this.memory = make()
  }

  prepare(before: Turn<never>["before"], time: number, items: ReadonlyArray<unknown>): void {
    const { memory } = this
    switch (before) {
      case "nothing":
        return
      case "a batch that fails":
      case "a failure half way":
        memory.begin({ id: -1, time, emits: true })
        for (const item of items) this.add(memory, item)
        if (before === "a batch that fails") {
          memory.finish()
          memory.delta()
        }
        memory.rollback()
        memory.rollback()
        return
      case "a restart":
        return this.restart(memory.snapshot())
      case "a restart from deltas":
        return this.restart([...this.written].reverse())
    }
  }

  batch(time: number, items: ReadonlyArray<unknown>): ReadonlyArray<unknown> {
    const { memory, written } = this
    memory.begin({ id: time, time, emits: true })
    for (const item of items) this.add(memory, item)
    const out = memory.finish()
    const { removed, set } = memory.delta()
    for (const name of removed) written.delete(name)
    for (const [name, value] of set) written.set(name, value)
    return out
  }

  private restart(entries: ReadonlyArray<Entry>): void {
    this.memory = this.make()
    if (entries.length > 0) this.memory.restore(json(entries))
  }
}
