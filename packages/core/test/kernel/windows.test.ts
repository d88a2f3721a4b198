/** The memories of windows, batch by batch, beside a naive reader: undone and redone, stopped and restored anywhere. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { isDeepStrictEqual } from "node:util"
import type { Memory, MemoryPlan } from "../../src/kernel/Memory.ts"
import { Concatenation, type Pile, RunningTotal, TwoStacks } from "../../src/kernel/Pile.ts"
import { SparkWindow } from "../../src/kernel/SparkWindow.ts"
import { unkeyed } from "../../src/kernel/unkeyed.ts"
import { WindowItems } from "../../src/kernel/WindowItems.ts"
import { WindowReduce } from "../../src/kernel/WindowReduce.ts"
import { type Fed, naiveItems, naiveKeyed, naiveReduce, naiveSpark } from "../dstream/naiveWindows.ts"
import { type Act, cases, counted, letters, type Pair, planOf, play } from "./playWindow.ts"

const agrees = (
  title: string,
  make: (plan: MemoryPlan) => Memory,
  naive: (batches: ReadonlyArray<Fed<Pair>>, plan: MemoryPlan) => ReadonlyArray<Fed<unknown>>,
  add: (memory: Memory, item: any) => void = (memory, [key, value]) => memory.add(key, value, key)
) => {
  it.effect(title, () =>
    Effect.gen(function*() {
      const both = ([acts, parent, slide, window]: readonly [ReadonlyArray<Act>, number, number, number]) => {
        const plan = planOf(parent, slide, window)
        const batches = acts.map(({ pairs }, index) => ({ time: (index + 1) * plan.parentSlideMillis, items: pairs }))
        return [play(make, plan, acts, add), naive(batches, plan)] as const
      }
      const result = yield* Arbitrary.checkEffect(cases, (one) => {
        const [actual, expected] = both(one)
        return isDeepStrictEqual(actual, expected)
      }, { runs: 2000, size: 60 })
      if (result._tag === "Falsified") {
        const [actual, expected] = both(result.shrunkInput)
        assert.deepStrictEqual(actual, expected, JSON.stringify(result.shrunkInput))
      }
      assert.strictEqual(result._tag, "Passed")
    }))
}

const text = { encode: (value: unknown) => value, decode: (json: unknown) => json }
const concat = counted((left: string, right: string): string => left + right)

const bound = { operator: "w", maxKeys: 1000 }

const reduce = (
  pile: (panes: number) => Pile,
  more: {
    readonly first?: (value: any) => unknown
    readonly changedOnly?: boolean
    readonly merge?: any
    readonly coarse?: boolean
  } = {}
) =>
(plan: MemoryPlan) =>
  new WindowReduce(plan, {
    first: (value) => value,
    merge: concat,
    pile,
    coarse: true,
    filter: undefined,
    changedOnly: false,
    json: { value: text, key: undefined },
    bound,
    ...more
  })

const codes = (value: string): number => value.charCodeAt(0) - 96
const plus = counted((left: number, right: number): number => left + right)
const minus = counted((total: number, left: number): number => total - left)
const sums = (batches: ReadonlyArray<Fed<Pair>>): ReadonlyArray<Fed<readonly [string, number]>> =>
  batches.map(({ items, time }) => ({ time, items: items.map(([key, value]) => [key, codes(value)] as const) }))
const addCode = (memory: Memory, [key, value]: Pair): void => memory.add(key, codes(value), key)
const addition = (values: ReadonlyArray<number>): number => values.reduce(plus)

describe("memories of windows", () => {
  agrees("two stacks keep the order of values", reduce((panes) => new TwoStacks(concat, panes)), (batches, plan) =>
    naiveKeyed(batches, plan, (values) => values.join("")))

  agrees("two stacks emit what changed", reduce((panes) => new TwoStacks(concat, panes), { changedOnly: true }), (batches, plan) =>
    naiveKeyed(batches, plan, (values) => values.join(""), "changed"))

  agrees("two stacks on panes of one batch", reduce((panes) => new TwoStacks(concat, panes), { coarse: false }), (batches, plan) =>
    naiveKeyed(batches, plan, (values) => values.join("")))

  agrees(
    "running totals",
    reduce(() => new RunningTotal(plus, minus), { merge: plus }),
    (batches, plan) => naiveKeyed(sums(batches), plan, addition),
    addCode
  )

  agrees(
    "running totals of what changed",
    reduce(() => new RunningTotal(plus, minus), { merge: plus, changedOnly: true }),
    (batches, plan) => naiveKeyed(sums(batches), plan, addition, "changed"),
    addCode
  )

  agrees(
    "groups",
    reduce(() => new Concatenation(), {
      first: (value) => [value],
      merge: (values: Array<string>, value: string) => {
        values.push(value)
        return values
      },
      coarse: false
    }),
    (batches, plan) => naiveKeyed(batches, plan, (values) => values)
  )

  agrees("items", (plan) => new WindowItems(plan, text), naiveItems, (memory, item) => memory.add(item))

  agrees(
    "one for all, with a value for what is empty",
    (plan) => unkeyed(reduce((panes) => new TwoStacks(concat, panes))(plan), { value: "nothing" }),
    (batches, plan) => naiveReduce(batches, plan, (pairs) => pairs.map(([, value]) => value).join(""), ["nothing"]),
    (memory, [, value]) => memory.add(value)
  )

  agrees(
    "Spark's",
    (plan) => new SparkWindow(plan, { reduce: plus, inverse: minus, filter: undefined, json: { value: text, key: undefined }, bound }),
    (batches, plan) => naiveSpark(sums(batches), plan),
    addCode
  )

  agrees(
    "Spark's with a filter",
    (plan) =>
      new SparkWindow(plan, {
        reduce: plus,
        inverse: minus,
        filter: (value) => value !== 0,
        json: { value: text, key: undefined },
        bound
      }),
    (batches, plan) => naiveSpark(sums(batches), plan, (value) => value !== 0),
    addCode
  )

  it("Spark's count keys again after a rollback and a restart", () => {
    const options = { reduce: plus, inverse: minus, filter: undefined, json: { value: text, key: undefined } }
    const make = () => new SparkWindow(planOf(0, 1, 1), { ...options, bound: { operator: "few", maxKeys: 2 } })
    const first = make()
    first.begin({ id: 1, time: 1000, emits: false })
    first.add("a", 1, "a")
    first.add("b", 1, "b")
    assert.throws(() => first.add("c", 1, "c"), "few")
    first.rollback()
    first.begin({ id: 1, time: 1000, emits: false })
    first.add("c", 1, "c")
    first.finish()
    first.commit()
    const second = make()
    second.restore(first.snapshot())
    second.begin({ id: 2, time: 2000, emits: true })
    second.add("d", 1, "d")
    second.add("c", 1, "c")
    assert.throws(() => second.add("e", 1, "e"), "few")
  })

  const fraction = (memory: Memory, [key, value]: Pair): void => memory.add(key, codes(value) / 10 + 0.7 ** codes(value), key)
  const piles = {
    "two stacks": (panes: number) => new TwoStacks(plus, panes),
    "running totals": () => new RunningTotal(plus, minus)
  }
  for (const [title, pile] of Object.entries(piles)) {
    it.effect(`${title}: what happens between the batches cannot be seen in the last bit`, () =>
      Effect.gen(function*() {
        const make = reduce(pile, { merge: plus })
        const result = yield* Arbitrary.checkEffect(cases, ([acts, parent, slide, window]) => {
          const plan = planOf(parent, slide, window)
          const straight = play(make, plan, acts.map((act) => ({ ...act, fate: 0 })), fraction)
          return isDeepStrictEqual(play(make, plan, acts, fraction), straight)
        }, { runs: 2000, size: 60 })
        assert.strictEqual(result._tag, "Passed", Arbitrary.formatCheckFailure(result))
      }))
  }

  it("goes on for long: what has left is let go of, and nothing else", () => {
    for (const panes of [1, 3, 7, 30]) {
      const plan = planOf(0, 0, panes - 1)
      const acts = Array.from({ length: 400 }, (_, index): Act => {
        const pairs = ["a", "b", "c"].filter((_, key) => (index * 7 + key * 5) % 11 > key * 2)
        return { pairs: pairs.map((key): Pair => [key, letters[(index * index + 3) % 8] ?? ""]), fate: index % 97 === 96 ? 5 : 0 }
      })
      const batches = acts.map(({ pairs }, index) => ({ time: (index + 1) * 1000, items: pairs }))
      const add = (memory: Memory, [key, value]: Pair): void => memory.add(key, value, key)
      assert.deepStrictEqual<unknown>(
        play(reduce((panes) => new TwoStacks(concat, panes)), plan, acts, add),
        naiveKeyed(batches, plan, (values) => values.join(""))
      )
      assert.deepStrictEqual<unknown>(
        play(reduce(() => new RunningTotal(plus, minus), { merge: plus }), plan, acts, addCode),
        naiveKeyed(sums(batches), plan, addition)
      )
    }
  })

  it("a running total forgets what rounding did when one pane is left", () => {
    const memory = reduce(() => new RunningTotal(plus, minus), { merge: plus })(planOf(0, 0, 1))
    const at = (time: number, ...values: ReadonlyArray<number>) => {
      memory.begin({ id: 1, time, emits: true })
      for (const value of values) memory.add("k", value, "k")
      const out = memory.finish()
      memory.commit()
      return out
    }
    at(1000, 1e16)
    assert.deepStrictEqual(at(2000, 1), [["k", 1e16 + 1]])
    assert.deepStrictEqual(at(3000), [["k", 1]])
    assert.deepStrictEqual(at(4000), [])
  })

  it("call a function three times per pane and key at most, whatever the length", () => {
    let count = 0
    const f = (left: number, right: number): number => {
      count++
      return Math.max(left, right)
    }
    const memory = new WindowReduce(planOf(0, 0, 599), {
      first: (value) => value,
      merge: f,
      pile: (panes) => new TwoStacks(f, panes),
      coarse: true,
      filter: undefined,
      changedOnly: false,
      json: { value: text, key: undefined },
      bound
    })
    let most = 0
    for (let batch = 1; batch <= 3000; batch++) {
      const before = count
      memory.begin({ id: batch, time: batch * 1000, emits: true })
      for (let key = 0; key < 50; key++) memory.add(key, batch * key % 977, key)
      assert.strictEqual(memory.finish().length, 50)
      memory.commit()
      most = Math.max(most, count - before)
    }
    assert.isAtMost(count, 3 * 3000 * 50)
    // Keys that were born together flip one after another: 600 calls each, but 50 of them never at once.
    assert.isAtMost(most, 600 + 2 * 50)
  })
})
