import { assert, describe, it } from "@effect/vitest"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Ages } from "../../src/kernel/Ages.ts"
import type { KeyedRules } from "../../src/kernel/KeyedRules.ts"
import { KeyedState } from "../../src/kernel/KeyedState.ts"
import { Slots } from "../../src/kernel/Slots.ts"

const itself = (value: unknown): unknown => value

const make = (options: Partial<KeyedRules> = {}): KeyedState =>
  new KeyedState({
    operator: "tested",
    codec: { encodeState: itself, decodeState: itself, encodeKey: undefined, decodeKey: undefined },
    encode: undefined,
    initial: undefined,
    maxKeys: 10,
    onMaxKeys: "fail",
    timeoutMillis: 1500,
    ...options
  })

const batch = (states: KeyedState, time: number, pairs: ReadonlyArray<readonly [string, unknown]>): ReadonlyArray<unknown> => {
  states.begin(time)
  for (const [key, state] of pairs) states.put(key, key, state)
  const due = states.takeDue()
  const keys = due.map((slot) => states.keyOf(slot))
  for (const slot of due) states.update(slot, undefined)
  return keys
}

describe("KeyedState", () => {
  it("keeps exact times where batches come at odd ones", () => {
    const states = make({ timeoutMillis: 1000 })
    states.restore({ removed: [], names: ["a", "b"], values: ["A", "B"], rest: { at: [1000, 1001] } })
    assert.deepStrictEqual(batch(states, 1400, []), [])
    assert.deepStrictEqual(states.snapshot(), { removed: [], names: ["a", "b"], values: ["A", "B"], rest: { at: [1000, 1001] } })
    states.commit()
    assert.deepStrictEqual(batch(states, 2000, [["c", "C"]]), [])
    states.commit()
    assert.deepStrictEqual(batch(states, 2001, []), ["a"])
    states.rollback()
    assert.deepStrictEqual(batch(states, 2100, []), ["a", "b"])
    assert.deepStrictEqual(states.delta(), { removed: ["a", "b"], names: [], values: [] })
    states.commit()
    assert.deepStrictEqual(states.snapshot(), { removed: [], names: ["c"], values: ["C"], rest: { at: 2000 } })
  })

  it("undoes and writes down also where the clock was set back to a time that keys have", () => {
    const states = make()
    states.restore({ removed: [], names: ["a", "b", "c"], values: [1, 2, 3], rest: { at: [1000, 2000, 3000] } })
    batch(states, 2000, [["a", 4], ["b", 5]])
    assert.deepStrictEqual(states.delta(), { removed: [], names: ["b", "a"], values: [5, 4], rest: { at: 2000 } })
    states.rollback()
    assert.deepStrictEqual(states.snapshot().values, [1, 2, 3])
    batch(states, 2000, [["a", 4]])
    assert.deepStrictEqual(states.delta(), { removed: [], names: ["a"], values: [4], rest: { at: 2000 } })
    states.rollback()
    batch(states, 2000, [["b", undefined]])
    assert.deepStrictEqual(states.delta().removed, ["b"])
    states.commit()
    assert.deepStrictEqual(states.snapshot().names, ["a", "c"])
  })

  it("takes deltas in order: what is born again is the youngest", () => {
    const states = make({ timeoutMillis: undefined })
    const copy = make({ timeoutMillis: undefined })
    const batches: ReadonlyArray<ReadonlyArray<readonly [string, unknown]>> = [
      [["a", 1], ["b", 2], ["c", 3]],
      [["a", undefined], ["a", 4], ["d", 5]],
      [["b", undefined]]
    ]
    batches.forEach((pairs, index) => {
      batch(states, index * 1000, pairs)
      copy.restore(JSON.parse(JSON.stringify(states.delta())))
      states.commit()
      assert.deepStrictEqual(copy.snapshot(), states.snapshot())
    })
    assert.deepStrictEqual(copy.snapshot().names, ["c", "a", "d"])
  })

  it("does not keep the text in memory that keys were cut out of", () => {
    setFlagsFromString("--expose-gc")
    const collect: unknown = runInNewContext("gc")
    assert(typeof collect === "function")
    const states = make({ maxKeys: 1000 })
    states.begin(1000)
    collect()
    const before = process.memoryUsage().heapUsed
    for (let n = 0; n < 200; n++) {
      const text = Buffer.alloc(500_000, `a key that is rather long ${n} `).toString("latin1")
      const key = text.slice(0, text.indexOf(" ", 26))
      states.put(key, key, n)
    }
    states.commit()
    collect()
    assert.isBelow(process.memoryUsage().heapUsed - before, 20_000_000)
    assert.strictEqual(states.stateOf(states.find("a key that is rather long 77")), 77)
  })

  it("closes gaps when many keys are gone, and goes on", () => {
    const states = make({ maxKeys: 10_000 })
    const pairs = (from: number, state: unknown) =>
      Array.from({ length: 4000 - from }, (_, index) => [`k${from + index}`, state] as const)
    const last = pairs(3995, 1).map(([key]) => key)
    batch(states, 1000, pairs(0, 1))
    states.commit()
    batch(states, 2000, [...pairs(0, undefined).slice(0, 3995), ["k3996", 2]])
    states.commit()
    assert.strictEqual(states.last, 5)
    assert.deepStrictEqual(batch(states, 3000, [["k3997", 3]]), ["k3995", "k3998", "k3999"])
    states.rollback()
    assert.deepStrictEqual(states.snapshot().names, last)
    batch(states, 3000, [["k3995", 3]])
    states.commit()
    assert.deepStrictEqual(states.snapshot().names, ["k3995", "k3996"])
  })

  it("gives a batch that changed nothing an empty delta", () => {
    const states = make()
    batch(states, 1000, [["a", 1]])
    assert.deepStrictEqual(states.delta(), { removed: [], names: ["a"], values: [1], rest: { at: 1000 } })
    states.commit()
    batch(states, 2000, [])
    assert.deepStrictEqual(states.delta(), { removed: [], names: [], values: [] })
  })

  it("a rollback without a batch does nothing", () => {
    const states = make()
    batch(states, 1000, [["a", 1], ["b", 2]])
    states.commit()
    states.rollback()
    batch(states, 2000, [["c", 3]])
    states.commit()
    assert.deepStrictEqual(states.snapshot().names, ["a", "b", "c"])
    assert.strictEqual(states.size, 3)
  })

  it("age orders again what a rollback brought back", () => {
    const states = make()
    batch(states, 1000, [["a", 1], ["b", 2], ["c", 3]])
    states.commit()
    batch(states, 2000, [["a", undefined], ["a", 4], ["d", 5]])
    assert.deepStrictEqual(states.snapshot().names, ["b", "c", "a", "d"])
    states.rollback()
    assert.deepStrictEqual(states.snapshot().names, ["a", "b", "c"])
  })
})

describe("Ages", () => {
  const filed = (times: ReadonlyArray<number>) => {
    const slots = new Slots(false)
    const ages = new Ages(slots)
    for (const time of times) ages.file(slots.add("key", "key", true, time), time)
    return { ages, slots }
  }

  it("files late what was updated since, and drops what is gone", () => {
    const { ages, slots } = filed([10, 10, 11])
    slots.setTime(1, 12)
    slots.drop(2)
    assert.deepStrictEqual(ages.takeBefore(12), [3])
    assert.deepStrictEqual(ages.takeBefore(13), [1])
    assert.isUndefined(ages.takeOldest())
  })

  it("takes ten thousand, oldest first", () => {
    const times = Array.from({ length: 10_000 }, (_, index) => index * 7919 % 3000)
    const { ages } = filed(times)
    const expected = times.map((time, index) => ({ time, slot: index + 1 })).sort((left, right) => left.time - right.time)
    assert.deepStrictEqual(times.map(() => ages.takeOldest()), expected.map(({ slot }) => slot))
    assert.isUndefined(ages.takeOldest())
  })
})
