/** Keys, numbers and shapes that JSON or objects treat in their own way, through a checkpoint in files and back. */
import { BatchSink, DStream, Pipeline, Receiver, StateStore } from "@millrace/core"
import { CheckpointFiles } from "@millrace/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { errorOf } from "./fixtures.ts"

type Row = readonly [key: string, value: unknown]

const layer = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "millrace-"))),
    (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
  ),
  (directory) => CheckpointFiles.layer({ directory, allowNetworkFileSystem: true, reserveBytes: 0 })
)

/** Remembers the last value of each key; emits what it remembered before. */
const runOf = <S>(all: ReadonlyArray<Row>, state: Schema.Codec<S, unknown>, seen: Array<unknown>) => {
  const rows = Receiver.make<Row, Row, number>({
    name: "rows",
    delivery: "Replayable",
    initialRate: Infinity,
    position: Schema.Int,
    open: (after) => {
      const left = all.slice(Option.getOrElse(after, () => 0))
      return Effect.succeed(left.length === 0
        ? Stream.empty
        : Stream.make({ payload: left, records: left.length, bytes: 8, resumeAfter: all.length }))
    },
    reread: ({ after, until }) => Effect.sync(() => all.slice(Option.getOrElse(after, () => 0), until))
  })
  const remembered = DStream.mapWithState(DStream.fromReceiver(rows) as DStream.DStream<readonly [string, S]>, {
    name: "last",
    state,
    step: (value: S, before: S | undefined, key: string) => [value, [key.length, before] as const] as const
  })
  const sink = BatchSink.make((batch: { readonly items: ReadonlyArray<unknown> }) => Effect.sync(() => void seen.push(...batch.items)))
  return Pipeline.run(Pipeline.make("hostile", {
    batchInterval: "5 millis",
    outbox: "off",
    outputs: [DStream.to(remembered, "out", sink)]
  }))
}

/** What a second run finds of what the first remembered. */
const back = <S>(rows: ReadonlyArray<Row>, state: Schema.Codec<S, unknown>) =>
  Effect.gen(function*() {
    const seen: Array<unknown> = []
    yield* Effect.gen(function*() {
      yield* runOf(rows, state, [])
      yield* runOf([...rows, ...rows.map(([key]) => [key, rows[0]?.[1]] as const)], state, seen)
    }).pipe(Effect.provide([yield* layer, StateStore.layerMemory]))
    return seen.map((item) => (item as readonly [number, unknown])[1])
  })

describe("state that is kept in files comes back as it was", () => {
  it.live("for keys that are names of what objects have, are empty, or have a million characters", () =>
    Effect.gen(function*() {
      const keys = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "", "\ud800", "\u0000", "k".repeat(1_000_000)]
      const rows = keys.map((key, index) => [key, index] as const)
      assert.deepStrictEqual(yield* back(rows, Schema.Number), keys.map((_, index) => index))
      assert.isUndefined(Reflect.get({}, "polluted"))
    }))

  it.live("for numbers that JSON has no word for, and those beyond 2^53 as doubles", () =>
    Effect.gen(function*() {
      const numbers = [NaN, Infinity, -Infinity, 2 ** 53 + 1, 1e308, 5e-324, -1.5]
      const found = yield* back(numbers.map((number, index) => [`k${index}`, number] as const), Schema.Number)
      for (const [index, number] of numbers.entries()) assert.isTrue(Object.is(found[index], number), String(number))
      assert.isTrue(Object.is((yield* back([["k", -0]], Schema.Number))[0], 0))
    }))

  it.live("for values whose own keys are names of what objects have", () =>
    Effect.gen(function*() {
      const value: unknown = JSON.parse(`{"__proto__":{"polluted":true},"constructor":1,"toString":null}`)
      const [found] = yield* back([["k", value]], Schema.Unknown)
      assert.deepStrictEqual(JSON.stringify(found), JSON.stringify(value))
      assert.isUndefined(Reflect.get({}, "polluted"))
    }))
})

describe("a state that is too deep to be written", () => {
  it.live("ends the run with a typed error, which names the operator", () =>
    Effect.gen(function*() {
      let deep: unknown = 1
      for (let depth = 0; depth < 100_000; depth++) deep = [deep]
      const rows = [["k", deep]] as const
      const exit = yield* Effect.exit(runOf(rows, Schema.Unknown, []).pipe(Effect.provide([yield* layer, StateStore.layerMemory])))
      const error = errorOf(exit)
      assert(error.reason._tag === "StepFailed", error.message)
      assert.include(error.message, `operator "last"`)
    }))
})

