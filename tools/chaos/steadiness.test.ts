import { assert, describe, it } from "vitest"
import { type Sample, trendsOf } from "./steadiness.ts"

const still: Sample = {
  seconds: 0,
  batches: 0,
  heapBytes: 50_000_000,
  residentBytes: 150_000_000,
  openFiles: 30,
  fibers: 12,
  checkpointBytes: 1_000_000
}

const samples = (change: (index: number) => Partial<Sample>): ReadonlyArray<Sample> =>
  Array.from({ length: 100 }, (_, index) => ({ ...still, seconds: index * 2, ...change(index) }))

const growing = (change: (index: number) => Partial<Sample>): ReadonlyArray<string> =>
  trendsOf(samples(change)).filter(({ isFlat }) => !isFlat).map(({ name }) => name)

describe("a trend", () => {
  it("is flat where nothing grows, whatever happens at the start and now and then", () => {
    assert.deepStrictEqual(growing(() => ({})), [])
    assert.deepStrictEqual(growing((index) => ({ heapBytes: index < 20 ? index * 9_000_000 : still.heapBytes })), [])
    assert.deepStrictEqual(growing((index) => ({ residentBytes: index % 10 === 0 ? 9e9 : still.residentBytes })), [])
  })

  it.each([
    ["heapBytes", 200_000],
    ["residentBytes", 1_000_000],
    ["openFiles", 0.2],
    ["fibers", 0.2],
    ["checkpointBytes", 1_000_000]
  ] as const)("is seen where %s grow", (name, step) => {
    assert.deepStrictEqual(growing((index) => ({ [name]: still[name] + index * step })), [name])
  })

  it("is told by the hour", () => {
    const trend = trendsOf(samples((index) => ({ openFiles: index * 2 }))).find(({ name }) => name === "openFiles")
    assert.strictEqual(trend?.perHour, 3_600)
  })
})
