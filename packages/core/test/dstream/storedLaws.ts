/** What a memory over a store owes the engine: to be the same as one that holds everything. */
import { assert, it } from "@effect/vitest"
import { DStream, type OperatorState, Receiver, StateStore } from "@millrace/core"
import { Arbitrary, Effect, Schema, Stream } from "effect"
import { isDeepStrictEqual } from "node:util"
import type { Delta, Memory, MemoryPlan } from "../../src/kernel/Memory.ts"
import { newStore } from "../node/sqliteFiles.ts"
import type { Build } from "./support.ts"

const everySecond: MemoryPlan = {
  batchIntervalMillis: 1000,
  parentSlideMillis: 1000,
  slideMillis: 1000,
  windowMillis: 1000,
  isWindow: false
}

interface Turn<A> {
  readonly items: ReadonlyArray<A>
  /** `"a restart"` loses all but the store and the deltas that it has not got. */
  readonly before: "nothing" | "a batch that fails" | "a failure half way" | "a restart"
  /** So many batches the store stays behind. */
  readonly behind: number
  /** Whether the store catches up while the next batch is open. */
  readonly late: boolean
}

const befores: ReadonlyArray<Turn<never>["before"]> = ["nothing", "a batch that fails", "a failure half way", "a restart"]

const json = (delta: Delta): Delta => JSON.parse(JSON.stringify(delta))

/** However few keys are live, however far the store is behind, and through failures and restarts: nothing shows. */
export const isSameOverAStore = <A, B, E, R>(
  title: string,
  item: Arbitrary.Arbitrary<A>,
  build: Build<A, B, E, R>,
  { runs = 60 }: { readonly runs?: number } = {}
): void => {
  const input = DStream.fromReceiver(Receiver.make<A>({ name: "none", open: () => Effect.succeed(Stream.empty) }))
  const node = build(input).node
  assert(node._tag === "Remember" && node.remembered.byKey === true)
  const { keyed, make } = node
  const add = (memory: Memory, item: unknown) => {
    if (keyed && Array.isArray(item)) memory.add(item[0], item[1], item[0])
    else memory.add(item)
  }
  const turn = Arbitrary.map(
    Arbitrary.all([Arbitrary.array(item, { maxLength: 8 }), Arbitrary.schema(Schema.Int), Arbitrary.schema(Schema.Int)]),
    ([items, n, m]): Turn<A> => ({
      items,
      before: befores[Math.abs(n) % 6] ?? "nothing",
      behind: Math.abs(m) % 4,
      late: Math.abs(m) % 8 > 3
    })
  )
  const holds = Effect.fnUntraced(function*(turns: ReadonlyArray<Turn<A>>, state: OperatorState) {
    const plain = make(everySecond)
    const tried = new Stored(() => make({ ...everySecond, stored: state.keys }), state, add)
    for (const [index, { before, behind, items, late }] of turns.entries()) {
      const batch = { id: index + 1, time: (index + 1) * 1000, emits: true }
      tried.prepare(before, batch, turns[(index + 1) % turns.length]?.items ?? [])
      plain.begin(batch)
      for (const item of items) add(plain, item)
      const expected = plain.finish()
      tried.memory.begin(batch)
      items.slice(0, 4).forEach((item) => add(tried.memory, item))
      if (late) yield* tried.catchUp(batch.id - 1 - behind)
      items.slice(4).forEach((item) => add(tried.memory, item))
      const actual = tried.memory.finish()
      tried.keep(batch.id)
      const remembered = isDeepStrictEqual(tried.memory.recall?.(), plain.recall?.())
      if (!remembered || !isDeepStrictEqual(actual, expected)) return false
      plain.commit()
      tried.memory.commit()
      if (!late) yield* tried.catchUp(batch.id - behind)
      if (!isDeepStrictEqual(json(tried.memory.snapshot()), json(plain.snapshot()))) return false
    }
    yield* tried.catchUp(Infinity)
    const copy = make(everySecond)
    for (const delta of yield* state.load) copy.restore(delta)
    return isDeepStrictEqual(json(copy.snapshot()).names, json(plain.snapshot()).names) &&
      isDeepStrictEqual(copy.recall?.(), plain.recall?.())
  })
  for (const maxLiveKeys of [1, 3]) {
    it.effect(`${title}, ${maxLiveKeys} live`, () =>
      Effect.scoped(Effect.gen(function*() {
        const store = yield* StateStore
        let number = 0
        const turns = Arbitrary.array(turn, { minLength: 20, maxLength: 50 })
        const result = yield* Arbitrary.checkEffect(turns, (turns) =>
          Effect.flatMap(
            store.open({ pipeline: "laws", operator: `law ${number++}` }, { byKey: true }),
            (state) => Effect.orDie(holds(turns, state))
          ), { runs, size: 40 })
        assert.strictEqual(result._tag, "Passed", result._tag === "Falsified" ? JSON.stringify(result.shrunkInput) : "")
      })).pipe(Effect.provide(newStore(maxLiveKeys))))
  }
}

class Stored {
  memory: Memory
  private waiting: Array<readonly [batch: number, delta: Delta]> = []
  private readonly make: () => Memory
  private readonly state: OperatorState
  private readonly add: (memory: Memory, item: unknown) => void

  constructor(make: () => Memory, state: OperatorState, add: (memory: Memory, item: unknown) => void) {
    this.make = make
    this.state = state
    this.add = add
    this.memory = make()
  }

  prepare(
    before: Turn<never>["before"],
    batch: { readonly id: number; readonly time: number; readonly emits: boolean },
    items: ReadonlyArray<unknown>
  ): void {
    if (before === "nothing") return
    if (before === "a restart") {
      this.memory = this.make()
      for (const [id, delta] of this.waiting) this.memory.restore(delta, id)
      return
    }
    this.memory.begin(batch)
    for (const item of items) this.add(this.memory, item)
    if (before === "a batch that fails") {
      this.memory.finish()
      this.memory.delta()
    }
    this.memory.rollback()
    this.memory.rollback()
  }

  keep(batch: number): void {
    this.waiting.push([batch, json(this.memory.delta())])
  }

  /** The store takes in all up to a batch, in order. */
  catchUp(until: number) {
    const due = this.waiting.filter(([batch]) => batch <= until)
    this.waiting = this.waiting.filter(([batch]) => batch > until)
    return Effect.forEach(due, ([batch, delta]) =>
      Effect.map(this.state.apply(batch, delta), () => this.memory.applied?.(batch)), { discard: true })
  }
}
