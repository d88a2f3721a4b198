import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { OperatorLaws } from "@millrace/core/testing"
import { Arbitrary, Effect, Schema } from "effect"
import { breaks, keep } from "./cheats.ts"
import { forgets, Scale } from "./support.ts"

const number = Arbitrary.schema(Schema.Literals([0, 1, 2, 3]))
type Numbers = DStream.DStream<number>

const sum = (input: Numbers) =>
  DStream.scan(input, { name: "sum", state: Schema.Number, initial: 0, step: (sum, n) => [sum + n, sum + n] })

const counts = (input: Numbers) =>
  input.pipe(
    DStream.filter((n) => n > 0),
    DStream.map((n) => [`key ${n}`, n]),
    DStream.mapValues((n) => n * 2),
    DStream.mapWithState({
      name: "totals",
      state: Schema.Number,
      timeout: "3 seconds",
      step: (value, total = 0) => [total + value, [value, total]]
    })
  )

const windows = (input: Numbers) =>
  input.pipe(
    DStream.map((n) => [n % 2, n]),
    DStream.reduceByKeyAndWindow({
      name: "windows",
      value: Schema.Number,
      windowDuration: "4 seconds",
      slideDuration: "2 seconds",
      reduce: (left, right) => left + right
    })
  )

/** Ends that differ only in when they were said. */
const totals = (output: ReadonlyArray<ReadonlyArray<readonly [number, number]>>) => new Map(output.flat())

describe("OperatorLaws", () => {
  keep("scan", OperatorLaws.all(sum, number, { anyCut: "items", maxEntries: 1 }))
  keep("mapWithState behind a chain", OperatorLaws.all(counts, number, { runOn: 5, maxEntries: 3 }))
  keep("a sliding window", OperatorLaws.all(windows, number, { runOn: 4 }))
  keep("distinct", OperatorLaws.all((input: Numbers) => DStream.distinct(input, { name: "new" }), number, {
    anyCut: "items",
    maxEntries: 4
  }))
  keep(
    "running totals",
    OperatorLaws.all(
      (input: Numbers) =>
        DStream.runningCountByKey(DStream.map(input, (n) => [n, n]), { name: "counts" }),
      number,
      { anyCut: totals, maxEntries: 4 }
    )
  )

  let seen = 0
  const remembers = (input: Numbers) => DStream.map(input, (n) => n + seen++)
  breaks("a map that counts", OperatorLaws.all(remembers, number), "the same input gives the same output", "a second run")

  const forgetful = (input: Numbers) =>
    DStream.scan(input, {
      name: "forgetful",
      state: Schema.Struct({ sum: Schema.Number }),
      initial: { sum: 0 },
      step: ({ sum }, n) => [{ sum: sum + n }, sum + n]
    })
  const withoutSums = (input: Numbers) =>
    DStream.scan(input, {
      name: "sum",
      state: Schema.Struct({ sum: Schema.optionalKey(Schema.Number) }).pipe(Schema.encodeTo(Schema.Struct({}), {
        decode: forgets,
        encode: forgets
      })),
      initial: {},
      step: ({ sum = 0 }, n) => [{ sum: sum + n }, sum + n]
    })
  keep("a state in a struct", OperatorLaws.all(forgetful, number))
  breaks(
    "a codec that forgets",
    OperatorLaws.all(withoutSums, number),
    "a restart between any two batches changes nothing",
    "stopped and started again"
  )

  breaks(
    "a count per batch",
    OperatorLaws.all((input: Numbers) => DStream.count(input), number, { anyCut: "items" }),
    "cutting the input into other batches changes nothing",
    "the second cut"
  )

  breaks(
    "distinct without end",
    OperatorLaws.all((input: Numbers) => DStream.distinct(input, { name: "new" }), number, { maxEntries: 2 }),
    "no more than 2 entries are remembered",
    "more is remembered"
  )

  let calls = 0
  // One loop sees item by item through the whole chain; apart, each operator sees all items before the next does.
  const interleaved = (input: Numbers) =>
    DStream.map(
      DStream.map(DStream.transform(input, (items) => (calls = 0, items)), (n) => (calls++, n)),
      (n) => [n, calls] as const
    )
  breaks(
    "two maps that share a counter",
    OperatorLaws.all(interleaved, number),
    "fused, apart and without generated code it gives the same",
    "with a loop per operator"
  )

  const failing = (input: Numbers) => DStream.map(input, (n) => n === 3 ? assert.fail("three") : n)
  breaks("a function that throws", OperatorLaws.all(failing, number), "the same input gives the same output", "the run failed", [[3]])

  it.effect("ways are tried with the services that the caller provides", () =>
    Effect.gen(function*() {
      const laws = OperatorLaws.all((input: Numbers) => DStream.mapEffect(input, (n) => Effect.map(Scale, (scale) => n * scale)), number)
      for (const law of laws) yield* Effect.provideService(law.check, Scale, 3)
    }))
})
