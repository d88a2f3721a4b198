/** What every memory owes the engine, tried on the memory itself: rollback, deltas, snapshots. */
import { assert, it } from "@effect/vitest"
import { DStream, Receiver } from "@millrace/core"
import { Arbitrary, Effect, Schema, Stream } from "effect"
import { isDeepStrictEqual } from "node:util"
import type { Delta, Memory, MemoryPlan } from "../../src/kernel/Memory.ts"
import type { Build } from "./support.ts"

/** Without a window: batches, input and output all come every second. */
const everySecond: MemoryPlan = {
  batchIntervalMillis: 1000,
  parentSlideMillis: 1000,
  slideMillis: 1000,
  windowMillis: 1000,
  isWindow: false
}

/** One batch of the script, and what is done to the memory before it. */
interface Turn<A> {
  readonly items: ReadonlyArray<A>
  readonly before: "nothing" | "a batch that fails" | "a failure half way" | "a snapshot" | "a restart" | "a recovery"
}

const befores: ReadonlyArray<Turn<never>["before"]> = [
  "nothing",
  "a batch that fails",
  "a failure half way",
  "a snapshot",
  "a restart",
  "a recovery"
]

interface LawOptions {
  readonly runs?: number
  /** How often an operator with a window emits, and how far its window reaches. */
  readonly window?: { readonly slideMillis: number; readonly windowMillis: number }
  /** What equal memories have in common of what they write down: all of it, where nothing else is said. */
  readonly remembered?: (snapshot: Delta) => unknown
}

const json = (delta: Delta): Delta => JSON.parse(JSON.stringify(delta))

/**
 * A memory that fails, is rolled back, is restarted, or is put together again from an older snapshot and all deltas
 * since, emits and remembers what one does that is left alone, to the order of its snapshot.
 */
export const keepsMemoryLaws = <A, B, E, R>(
  title: string,
  item: Arbitrary.Arbitrary<A>,
  build: Build<A, B, E, R>,
  { remembered = (snapshot) => snapshot, runs = 150, window }: LawOptions = {}
): void => {
  const input = DStream.fromReceiver(Receiver.make<A>({ name: "none", open: () => Effect.succeed(Stream.empty) }))
  const node = build(input).node
  assert(node._tag === "Remember")
  const add = (memory: Memory, item: unknown) => {
    if (node.keyed && Array.isArray(item)) memory.add(item[0], item[1], item[0])
    else memory.add(item)
  }
  const plan = window === undefined ? everySecond : { ...everySecond, ...window, isWindow: true }
  const make = () => node.make(plan)
  const turn = Arbitrary.map(
    Arbitrary.all([Arbitrary.array(item, { maxLength: 8 }), Arbitrary.schema(Schema.Int)]),
    ([items, n]): Turn<A> => ({ items, before: befores[Math.abs(n) % 8] ?? "nothing" })
  )
  const holds = (turns: ReadonlyArray<Turn<A>>): boolean => {
    const plain = make()
    const tried = new Tried(make, add)
    return turns.every(({ before, items }, index) => {
      const time = (index + 1) * 1000
      const emits = time % plan.slideMillis === 0
      tried.prepare(before, time, turns[(index + 1) % turns.length]?.items ?? [], emits)
      plain.begin({ id: index, time, emits })
      for (const item of items) add(plain, item)
      const expected = plain.finish()
      const actual = tried.batch(time, items, emits)
      const same = isDeepStrictEqual(actual, expected) && isDeepStrictEqual(tried.memory.recall?.(), plain.recall?.())
      plain.commit()
      tried.memory.commit()
      return same && isDeepStrictEqual(remembered(json(tried.memory.snapshot())), remembered(json(plain.snapshot())))
    })
  }
  it.effect(title, () =>
    Effect.gen(function*() {
      const turns = Arbitrary.array(turn, { minLength: 20, maxLength: 60 })
      const result = yield* Arbitrary.checkEffect(turns, (turns) => Effect.sync(() => holds(turns)), { runs, size: 40 })
      assert.strictEqual(result._tag, "Passed", result._tag === "Falsified" ? JSON.stringify(result.shrunkInput) : "")
    }))
}

class Tried {
  memory: Memory
  /** The last snapshot and all deltas since, as a store keeps them. */
  private written: Array<Delta> = []
  private readonly make: () => Memory
  private readonly add: (memory: Memory, item: unknown) => void

  constructor(make: () => Memory, add: (memory: Memory, item: unknown) => void) {
    this.make = make
    this.add = add
    this.memory = make()
  }

  prepare(before: Turn<never>["before"], time: number, items: ReadonlyArray<unknown>, emits: boolean): void {
    const { memory } = this
    switch (before) {
      case "nothing":
        return
      case "a batch that fails":
      case "a failure half way":
        memory.begin({ id: -1, time, emits })
        for (const item of items) this.add(memory, item)
        if (before === "a batch that fails") {
          memory.finish()
          memory.delta()
        }
        memory.rollback()
        memory.rollback()
        return
      case "a snapshot":
        return this.save()
      case "a restart":
        this.save()
        return this.recover()
      case "a recovery":
        return this.recover()
    }
  }

  batch(time: number, items: ReadonlyArray<unknown>, emits: boolean): ReadonlyArray<unknown> {
    const { memory } = this
    memory.begin({ id: time, time, emits })
    memory.lookAhead?.(items.map((item) => Array.isArray(item) ? item[0] : item), items.length)
    for (const item of items) this.add(memory, item)
    const out = memory.finish()
    this.written.push(json(memory.delta()))
    return out
  }

  private save(): void {
    this.written = [json(this.memory.snapshot())]
  }

  private recover(): void {
    this.memory = this.make()
    for (const delta of this.written) this.memory.restore(delta)
  }
}
