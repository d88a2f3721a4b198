import { assert, describe, it } from "@effect/vitest"
import { Ages, type Aged } from "../../src/kernel/Ages.ts"
import { KeyedState, type KeyedOptions } from "../../src/kernel/KeyedState.ts"
import { Ticks } from "../../src/kernel/Ticks.ts"

const itself = (value: unknown): unknown => value

const make = (options: Partial<KeyedOptions> = {}): KeyedState =>
  new KeyedState({
    operator: "tested",
    codec: { encodeState: itself, decodeState: itself, encodeKey: undefined, decodeKey: undefined },
    encode: undefined,
    initial: undefined,
    maxKeys: 10,
    onMaxKeys: "fail",
    timeoutMillis: 1500,
    slideMillis: 1000,
    ...options
  })

const batch = (states: KeyedState, time: number, pairs: ReadonlyArray<readonly [string, unknown]>): ReadonlyArray<unknown> => {
  states.begin(time)
  for (const [key, state] of pairs) states.put(key, key, state)
  const due = states.takeDue()
  for (const held of due) states.update(held, undefined)
  return due.map(({ key }) => key)
}

describe("KeyedState", () => {
  it("keeps exact times where the interval was another before", () => {
    const states = make({ slideMillis: 700, timeoutMillis: 1000 })
    states.restore([["b", [2, 1001, "B"]], ["a", [1, 1000, "A"]]])
    assert.deepStrictEqual(batch(states, 1400, []), [])
    assert.deepStrictEqual(states.snapshot(), [["a", [1, 1000, "A"]], ["b", [2, 1001, "B"]]])
    states.commit()
    assert.deepStrictEqual(batch(states, 2000, [["c", "C"]]), [])
    states.commit()
    assert.deepStrictEqual(batch(states, 2001, []), ["a"])
    states.rollback()
    assert.deepStrictEqual(batch(states, 2100, []), ["a", "b"])
    assert.deepStrictEqual(states.delta(), { set: [], removed: ["a", "b"] })
    states.commit()
    assert.deepStrictEqual(states.snapshot(), [["c", [3, 2000, "C"]]])
  })

  it("keeps exact times where a batch does not fit", () => {
    const states = make({ slideMillis: 700, timeoutMillis: 1000 })
    states.restore([["a", [1, 700, "A"]], ["b", [2, 1400, "B"]]])
    assert.deepStrictEqual(batch(states, 1700, []), [])
    states.commit()
    assert.deepStrictEqual(states.snapshot(), [["a", [1, 700, "A"]], ["b", [2, 1400, "B"]]])
    assert.deepStrictEqual(batch(states, 1701, []), ["a"])
    states.commit()
    assert.deepStrictEqual(batch(states, 2400, []), [])
    states.commit()
    assert.deepStrictEqual(batch(states, 2401, []), ["b"])
  })

  it("gives a batch that changed nothing an empty delta", () => {
    const states = make()
    batch(states, 1000, [["a", 1]])
    assert.deepStrictEqual(states.delta(), { set: [["a", [1, 1000, 1]]], removed: [] })
    states.commit()
    batch(states, 2000, [])
    assert.deepStrictEqual(states.delta(), { set: [], removed: [] })
  })

  it("a rollback without a batch does nothing", () => {
    const states = make()
    batch(states, 1000, [["a", 1], ["b", 2]])
    states.commit()
    states.rollback()
    batch(states, 2000, [["c", 3]])
    states.commit()
    assert.deepStrictEqual(states.snapshot().map(([name]) => name), ["a", "b", "c"])
    assert.strictEqual(states.size, 3)
  })

  it("age orders again what a rollback brought back", () => {
    const states = make()
    batch(states, 1000, [["a", 1], ["b", 2], ["c", 3]])
    states.commit()
    batch(states, 2000, [["a", undefined], ["a", 4], ["d", 5]])
    assert.deepStrictEqual(Array.from(states.byAge(), ({ key }) => key), ["b", "c", "a", "d"])
    states.rollback()
    assert.deepStrictEqual(Array.from(states.byAge(), ({ key }) => key), ["a", "b", "c"])
  })
})

describe("Ages", () => {
  const entry = (born: number, at: number): Aged & { at: number; state: unknown } => ({ born, at, state: true, filed: undefined })

  it("files late what was updated since, and drops what is gone", () => {
    const ages = new Ages<ReturnType<typeof entry>>()
    const [a, b, c] = [entry(1, 10), entry(2, 10), entry(3, 11)]
    for (const each of [a, b, c]) ages.file(each)
    a.at = 12
    b.state = undefined
    assert.deepStrictEqual(ages.takeBefore(12), [c])
    assert.strictEqual(ages.count, 1)
    assert.deepStrictEqual(ages.takeBefore(13), [a])
    assert.strictEqual(ages.count, 0)
  })

  it("takes ten thousand, oldest first", () => {
    const ages = new Ages<ReturnType<typeof entry>>()
    const entries = Array.from({ length: 10_000 }, (_, index) => entry(index, index * 7919 % 3000))
    for (const each of entries) ages.file(each)
    const taken = Array.from(entries, () => ages.takeOldest())
    assert.deepStrictEqual(taken, entries.toSorted((left, right) => left.at - right.at || left.born - right.born))
    assert.isUndefined(ages.takeOldest())
  })
})

describe("Ticks", () => {
  it("are small, and give their times back", () => {
    const ticks = new Ticks(1000)
    assert.isFalse(ticks.isFinerFor([1_700_000_000_000]))
    assert.strictEqual(ticks.of(1_700_000_003_000), 3)
    assert.strictEqual(ticks.timeOf(3), 1_700_000_003_000)
    assert.isTrue(ticks.isFinerFor([1_700_000_000_001]))
    assert.strictEqual(ticks.of(1_699_999_999_999), -1)
  })
})
