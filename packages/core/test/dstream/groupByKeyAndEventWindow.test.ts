import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Arbitrary, Effect, Schema } from "effect"
import { isDeepStrictEqual } from "node:util"
import type { Delta } from "../../src/kernel/Memory.ts"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { grouped, naive, type Record, records, type Rules, rulesOf } from "./naiveEventWindows.ts"
import { restarted } from "./survivesRestarts.ts"
import { type Batches, itemsOf, smallInt, table } from "./support.ts"

type Pair = readonly [string, number]

const at = (place: { readonly windowDuration: number; readonly slideDuration?: number } | { readonly sessionGap: number }, more: {
  readonly outOfOrderness?: number
  readonly allowedLateness?: number
} = {}) =>
(input: DStream.DStream<Pair>) =>
  input.pipe(
    DStream.assignTimestamps({ timestamp: (at) => at, outOfOrderness: more.outOfOrderness ?? 0 }),
    DStream.groupByKeyAndEventWindow({ name: "w", value: Schema.Number, allowedLateness: more.allowedLateness, ...place }),
    DStream.map(([key, { end, replaces, start, value }]) =>
      [`${key} ${start}-${end}${replaces.map(({ end, start }) => ` was ${start}-${end}`).join("")}`, value])
  )

describe("groupByKeyAndEventWindow", () => {
  describe("tumbling", () => {
    table(at({ windowDuration: 10 }), {
      "empty batches emit nothing": [[[], []], [[], []]],
      "a window is told when the watermark reaches its end, and no sooner": [
        [[["a", 0], ["a", 9]], [["b", 10]], [["b", 19]], [["a", 20]]],
        [[], [["a 0-10", [0, 9]]], [], [["b 10-20", [10, 19]]]]
      ],
      "the start belongs to the window, the end to the next; time may be negative": [
        [[["a", -11], ["a", -10], ["a", -1], ["a", 0], ["a", 10]]],
        [[["a -20--10", [-11]], ["a -10-0", [-10, -1]], ["a 0-10", [0]]]]
      ],
      "windows come by their end, keys as they first came to them": [
        [[["b", 1], ["a", 2], ["c", 12], ["b", 11], ["a", 30]]],
        [[["b 0-10", [1]], ["a 0-10", [2]], ["c 10-20", [12]], ["b 10-20", [11]]]]
      ],
      "late is what comes when the records before it have passed its window, in the same batch too": [
        [[["a", 1], ["a", 10], ["a", 5]], [["a", 3]], [["a", 20]]],
        [[["a 0-10", [1]]], [], [["a 10-20", [10]]]]
      ]
    })
    table(at({ windowDuration: 10 }, { outOfOrderness: 5 }), {
      "disorder within the bound is on time, and values come in order": [
        [[["a", 8], ["a", 14]], [["a", 1], ["a", 9]], [["a", 15]]],
        [[], [], [["a 0-10", [1, 8, 9]]]]
      ]
    })
    table(at({ windowDuration: 10 }, { allowedLateness: 10 }), {
      "a record within the lateness tells the whole window again, once per batch, until it closes": [
        [[["a", 1]], [["a", 10]], [["a", 2], ["a", 3]], [], [["a", 19], ["a", 4]], [["a", 20], ["a", 5]]],
        [[], [["a 0-10", [1]]], [["a 0-10 was 0-10", [1, 2, 3]]], [], [["a 0-10 was 0-10", [1, 2, 3, 4]]], [["a 10-20", [10, 19]]]]
      ],
      "a window that nobody was told of opens late": [
        [[["a", 15]], [["b", 3]]],
        [[], [["b 0-10", [3]]]]
      ]
    })
  })

  describe("sliding", () => {
    table(at({ windowDuration: 10, slideDuration: 5 }), {
      "a record is in every window that covers it": [
        [[["a", 7], ["a", 12]], [["a", 30]]],
        [[["a 0-10", [7]]], [["a 5-15", [7, 12]], ["a 10-20", [12]]]]
      ],
      "late for some, on time for others": [
        [[["b", 12], ["a", 7]], [["b", 40]]],
        [[], [["b 5-15", [12]], ["a 5-15", [7]], ["b 10-20", [12]]]]
      ]
    })
    table(at({ windowDuration: 10, slideDuration: 4 }), {
      "the slide need not divide the window": [
        [[["a", 9], ["b", 10], ["a", 7]], [["b", 8], ["a", 11]], [["a", 14], ["b", 13]], [["c", 40]]],
        [
          [["a 0-10", [9]]],
          [],
          [["a 4-14", [7, 9, 11]], ["b 4-14", [8, 10]]],
          [["a 8-18", [9, 11, 14]], ["b 8-18", [8, 10, 13]], ["a 12-22", [14]], ["b 12-22", [13]]]
        ]
      ]
    })
    table(at({ windowDuration: 10, slideDuration: 5 }, { allowedLateness: 10 }), {
      "late for windows that were told and for one that was not": [
        [[["a", 7], ["a", 12]], [["a", 16]], [["b", 8], ["a", 6]], [["a", 21], ["a", 9]], [["a", 35]]],
        [
          [["a 0-10", [7]]],
          [["a 5-15", [7, 12]]],
          [["a 0-10 was 0-10", [6, 7]], ["b 0-10", [8]], ["a 5-15 was 5-15", [6, 7, 12]], ["b 5-15", [8]]],
          [["a 5-15 was 5-15", [6, 7, 9, 12]], ["a 10-20", [12, 16]]],
          [["a 15-25", [16, 21]], ["a 20-30", [21]]]
        ]
      ]
    })
    table(at({ windowDuration: 5, slideDuration: 10 }), {
      "a slide longer than the window leaves gaps": [
        [[["a", 4], ["a", 5], ["a", 9], ["a", 10]], [["a", 15]]],
        [[["a 0-5", [4]]], [["a 10-15", [10]]]]
      ]
    })
  })

  describe("sessions", () => {
    table(at({ sessionGap: 10 }), {
      "less than the gap is one session, the gap is another": [
        [[["a", 0], ["a", 9], ["b", 9]], [["a", 19]], [["c", 100]]],
        [[], [["a 0-19", [0, 9]], ["b 9-19", [9]]], [["a 19-29", [19]]]]
      ],
      "what was closed does not grow": [
        [[["a", 0], ["a", 12], ["a", 5]], [["a", 40]]],
        [[["a 0-10", [0]]], [["a 5-22", [5, 12]]]]
      ]
    })
    table(at({ sessionGap: 10 }, { outOfOrderness: 30 }), {
      "a record between two makes them one": [
        [[["a", 0], ["a", 15]], [["a", 8]], [["b", 80]]],
        [[], [], [["a 0-25", [0, 8, 15]]]]
      ],
      "a record reaches to the front": [
        [[["a", 15]], [["a", 6], ["a", 5]], [["b", 80]]],
        [[], [], [["a 5-25", [5, 6, 15]]]]
      ]
    })
    table(at({ sessionGap: 10 }, { allowedLateness: 20 }), {
      "late records that join sessions say which were told before": [
        [[["a", 0]], [["a", 12]], [["b", 22]], [["a", 5]]],
        [[], [["a 0-10", [0]]], [["a 12-22", [12]]], [["a 0-22 was 0-10 was 12-22", [0, 5, 12]]]]
      ]
    })
  })

  describe("against a naive reading", () => {
    const cases = Arbitrary.all([records, rulesOf, smallInt, smallInt])
    it.effect("of everything: sources, idleness, the future, lateness, restarts", () =>
      Effect.gen(function*() {
        let seen = 0
        const told = { windows: 0, updates: 0, late: 0, future: 0 }
        const both = ([batches, rules, first, second]: readonly [Batches<Record>, Rules, number, number]) =>
          Effect.gen(function*() {
            const expected = naive(batches, rules)
            seen += batches.length
            for (const batch of expected) count(told, batch)
            const windows = grouped(rules)
            const whole = yield* itemsOf(batches, windows)
            const late = yield* itemsOf(batches, (input) => DStream.lateRecords(windows(input)))
            const backend = first % 2 === 0 ? "generated" : "closures"
            const parts = yield* restarted(batches, [first + 1, second + 1], windows, backend)
            return {
              actual: { whole, late, parts: parts.map(({ items }) => items) },
              expected: {
                whole: expected.map(({ told }) => told),
                late: expected.map(({ late }) => late),
                parts: expected.map(({ told }) => told)
              }
            }
          })
        const result = yield* Arbitrary.checkEffect(cases, (one) =>
          Effect.map(both(one), ({ actual, expected }) => isDeepStrictEqual(actual, expected)), { runs: 150, size: 60 })
        if (result._tag === "Falsified") {
          const { actual, expected } = yield* both(result.shrunkInput)
          assert.deepStrictEqual<unknown>(actual, expected, JSON.stringify(result.shrunkInput))
        }
        assert.strictEqual(result._tag, "Passed")
        assert.isAtLeast(seen, 1000)
        for (const n of Object.values(told)) assert.isAtLeast(n, 5, JSON.stringify(told))
      }))
  })

  const item = Arbitrary.map(
    Arbitrary.all([smallInt, smallInt, smallInt]),
    ([a, b, c]): Record => [`k${a % 3}`, { at: b * 4000 + c * 100, n: c, source: c % 3 }]
  )
  const rules = { outOfOrderness: 2000, maxFutureSkew: 86_400_000, allowedLateness: 3000, idleAfter: 2000 }
  /** Windows are numbered as they come, those too that are gone before the batch is over: numbers may differ. */
  const remembered = ({ names, values }: Delta): ReadonlyArray<string> =>
    names.map((name, index) => JSON.stringify([typeof name === "number" ? "window" : name, values[index]])).sort()
  keepsMemoryLaws("keeps the laws of memory with sessions", item, grouped({ ...rules, sessionGap: 1500 }), { remembered })
  keepsMemoryLaws("keeps the laws of memory with windows", item, grouped({ ...rules, windowDuration: 3000, slideDuration: 1000 }), { remembered })
  const uneven = { windowDuration: 3500, slideDuration: 1500 }
  keepsMemoryLaws("keeps them where the slide does not divide the window", item, grouped({ ...rules, ...uneven }), { remembered })
  keepsMemoryLaws("keeps them there without lateness", item, grouped({ ...rules, ...uneven, allowedLateness: 0 }), { remembered })
  keepsMemoryLaws("keeps them with windows that do not overlap", item, grouped({ ...rules, windowDuration: 1500 }), { remembered })
  keepsMemoryLaws("keeps them without lateness", item, grouped({ ...rules, allowedLateness: 0, sessionGap: 1500 }), { remembered })
})

const count = (
  told: { windows: number; updates: number; late: number; future: number },
  batch: { readonly told: ReadonlyArray<unknown>; readonly late: ReadonlyArray<unknown> }
): void => {
  const text = JSON.stringify(batch)
  told.windows += batch.told.length
  told.updates += text.split("\"replaces\":[{").length - 1
  told.late += text.split("\"reason\":\"late\"").length - 1
  told.future += text.split("\"reason\":\"future\"").length - 1
}
