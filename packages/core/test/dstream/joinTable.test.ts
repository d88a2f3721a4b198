import { assert, describe, it } from "@effect/vitest"
import { DStream, Table } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Cause, Effect, Logger, Schedule } from "effect"
import { agrees, failureOf, failuresOf, forms, hostileKeys, hostilePair, itemsOf, table } from "./support.ts"

type Pair = readonly [string, number]

const rows: ReadonlyArray<readonly [string, string]> = [["a", "x"], ["b", "y"], ["a", "z"]]

/** Every hostile key but those of a third of the places, and every other of them twice. */
const hostileRows = hostileKeys.flatMap((key, index) =>
  index % 3 === 0 ? [] : index % 2 === 0 ? [[key, index] as const, [key, -index] as const] : [[key, index] as const])

const joins = { fixed: (items: typeof hostileRows) => Table.make(items), loaded: (items: typeof hostileRows) => loaded(items) }

const loaded = <K, V>(items: Iterable<readonly [K, V]>) => Table.load({ name: "rows", load: Effect.succeed(items) })

/** Gives the number of the load, and fails in those that are listed. */
const counting = (failing: ReadonlyArray<number> = []) => {
  const state = { loads: 0 }
  const load = Effect.suspend(() => {
    const number = ++state.loads
    const pair: Pair = ["a", number]
    return failing.includes(number) ? Effect.fail("down" as const) : Effect.succeed([pair])
  })
  return { load, state }
}

const versions = <E>(
  source: Table.Table<string, number, E>,
  batches = 6
): Effect.Effect<ReadonlyArray<number>, unknown> =>
  Effect.map(
    TestPipeline.run(Array.from({ length: batches }, (): ReadonlyArray<Pair> => [["a", 0]]), (input) =>
      DStream.joinTable(input, source)),
    (batches) => batches.flatMap(({ items }) => items.map(([, [, version]]) => version))
  )

describe("joinTable", () => {
  for (const source of [rows, Table.make(rows), loaded(rows)]) {
    table((input: DStream.DStream<Pair>) => DStream.joinTable(input, source), {
      "an empty batch stays empty": [[[]], [[]]],
      "a key that the table does not have gives nothing": [[[["c", 1]]], [[]]],
      "every pair, in its order, with every row of its key in theirs (PA-07)": [
        [[["b", 1], ["a", 2], ["b", 3]], [], [["a", 4]]],
        [
          [["b", [1, "y"]], ["a", [2, "x"]], ["a", [2, "z"]], ["b", [3, "y"]]],
          [],
          [["a", [4, "x"]], ["a", [4, "z"]]]
        ]
      ]
    })
  }

  forms([[["k", 1] as const]], [[["k", [1, true]]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.joinTable(input, new Map([["k", true]])),
    "data last": (input) => input.pipe(DStream.joinTable(new Map([["k", true]])))
  })

  for (const [kind, make] of Object.entries(joins)) {
    agrees(
      `with a ${kind} table, finds what a naive reader finds, with hostile keys`,
      hostilePair,
      (input) => DStream.joinTable(input, make(hostileRows)),
      (items) =>
        items.flatMap(([key, value]) =>
          hostileRows.filter(([other]) => [other].includes(key)).map(([, row]) => [key, [value, row]]))
    )
  }

  it.effect("finds structural keys by the encoding of the stream, and keeps it", () =>
    Effect.gen(function*() {
      const shops: ReadonlyArray<readonly [{ readonly shop: string; readonly day: number }, string]> = [
        [{ shop: "n", day: 1 }, "open"],
        [{ shop: "n", day: 2 }, "closed"]
      ]
      for (const source of [shops, loaded(shops)]) {
        const out = yield* itemsOf([[2, 1, 2, 3]], (input) =>
          input.pipe(
            DStream.keyBy((day) => ({ shop: "n", day }), { encode: ({ day, shop }) => `${shop}${day}` }),
            DStream.joinTable(source),
            DStream.groupByKey,
            DStream.map(([{ day }, found]) => [day, found])
          ))
        assert.deepStrictEqual(out, [[[2, [[2, "closed"], [2, "closed"]]], [1, [[1, "open"]]]]])
      }
    }))

  it.effect("reads an iterable once, when the operator is called", () =>
    Effect.gen(function*() {
      const map = new Map([["a", 1]])
      const source = Table.make(map)
      map.set("a", 2)
      assert.deepStrictEqual(yield* versions(source, 2), [1, 1])
    }))

  it.effect("loads once per run", () =>
    Effect.gen(function*() {
      const { load, state } = counting()
      const source = Table.load({ name: "t", load })
      assert.deepStrictEqual(yield* versions(source), [1, 1, 1, 1, 1, 1])
      assert.deepStrictEqual(yield* versions(source), [2, 2, 2, 2, 2, 2])
      assert.strictEqual(state.loads, 2)
    }))

  it.effect("loads before every batch", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* versions(Table.load({ name: "t", load: counting().load, refresh: "batch" })), [1, 2, 3, 4, 5, 6])
    }))

  it.effect("loads on a schedule, in the background, from the first batch on", () =>
    Effect.gen(function*() {
      const refresh = Schedule.spaced("1700 millis")
      assert.deepStrictEqual(yield* versions(Table.load({ name: "t", load: counting().load, refresh })), [1, 1, 2, 2, 3, 3])
    }))

  it.effect("a schedule that ends leaves the last rows", () =>
    Effect.gen(function*() {
      const refresh = Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 2 }))
      assert.deepStrictEqual(yield* versions(Table.load({ name: "t", load: counting().load, refresh })), [1, 2, 3, 3, 3, 3])
    }))

  it.effect("a slow refresh on a schedule holds no batch up", () =>
    Effect.gen(function*() {
      const { load, state } = counting()
      const slow = Effect.andThen(Effect.suspend(() => Effect.sleep(state.loads === 0 ? 0 : 2200)), load)
      const refresh = Schedule.spaced("500 millis")
      assert.deepStrictEqual(yield* versions(Table.load({ name: "t", load: slow, refresh })), [1, 1, 1, 2, 2, 2])
    }))

  it.effect("a refresh that fails keeps the last rows and warns, without what they hold", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.make(({ message }) => {
        logged.push(String(Array.isArray(message) ? message[0] : message))
      })
      const source = Table.load({ name: "prices", load: counting([3, 4]).load, refresh: "batch" })
      const out = yield* versions(source).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(out, [1, 2, 2, 2, 5, 6])
      assert.deepStrictEqual(logged, [1, 2].map((times) =>
        `Table "prices" could not be refreshed, ${times} in a row (10 are let pass); its last rows stay`))
    }))

  const down = (refresh: "batch" | Schedule.Schedule<unknown>, failing: ReadonlyArray<number>, maxFailures: number) =>
    failureOf([1, 2, 3, 4, 5, 6].map((): ReadonlyArray<Pair> => [["a", 0]]), (input) =>
      DStream.joinTable(input, Table.load({ name: "t", load: counting(failing).load, refresh, maxFailures })))
      .pipe(Effect.provide(Logger.layer([])))

  for (const [way, refresh] of [["before batches", "batch"], ["on a schedule", Schedule.spaced("1 second")]] as const) {
    it.effect(`one failure ${way} more than the limit fails the batch, with its cause`, () =>
      Effect.gen(function*() {
        const { reason } = yield* down(refresh, [2, 3, 4], 2)
        assert(reason._tag === "StepFailed")
        assert.strictEqual(reason.step, `table "t"`)
        assert.isAtLeast(reason.batch.id, 4)
        assert.deepStrictEqual(reason.cause, Cause.fail("down" as const))
      }))
  }

  it.effect("a refresh that succeeds starts the count again", () =>
    Effect.gen(function*() {
      const source = Table.load({ name: "t", load: counting([2, 4, 6]).load, refresh: "batch", maxFailures: 1 })
      assert.deepStrictEqual(yield* versions(source).pipe(Effect.provide(Logger.layer([]))), [1, 1, 3, 3, 5, 5])
    }))

  it.effect("a first load that fails fails the first batch", () =>
    Effect.gen(function*() {
      const { reason } = yield* down("batch", [1], Infinity)
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.batch.id, reason.cause], [1, Cause.fail("down" as const)])
    }))

  for (const maxFailures of [-1, 0.5, NaN]) {
    it.effect(`refuses a limit of ${maxFailures}`, () =>
      Effect.gen(function*() {
        const { reason } = yield* down("batch", [], maxFailures)
        assert(reason._tag === "InvalidPipeline")
        assert.deepStrictEqual(reason.problems.map(({ _tag }) => _tag), ["BadOption"])
      }))
  }

  it.effect("refuses an object as a key, in the stream or in the table", () =>
    Effect.gen(function*() {
      const cast: ReadonlyArray<Pair> = JSON.parse("[[{}, 1]]")
      const fine: ReadonlyArray<Pair> = [["a", 1]]
      for (const [batch, source] of [[cast, fine], [fine, cast]] as const) {
        const { reason } = yield* failuresOf([batch], (input) => DStream.joinTable(input, source))
        assert(reason._tag === "StepFailed")
        assert.strictEqual(reason.step, "joinTable")
      }
    }))
})
