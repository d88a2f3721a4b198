import { Checkpoint, CheckpointError, CheckpointStore, DStream, State } from "@millrace/core"
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { type Build, Breaking, breaking, pipelineOf, type Row, runOf } from "./evolving.ts"

const before: ReadonlyArray<Row> = [["a", 1], ["b", 2], ["a", 3]]
const after: ReadonlyArray<Row> = [...before, ["b", 10], ["c", 7]]

const one = Schema.Struct({ sum: Schema.Number })
const two = State.next(one, Schema.Struct({ cents: Schema.Number }), ({ sum }) => ({ cents: sum * 100 }))
const three = State.next(two, Schema.Struct({ cents: Schema.BigInt, unit: Schema.String }), ({ cents }) => ({
  cents: BigInt(cents),
  unit: "EUR"
}))

const summing = <S>(state: Schema.Codec<S, unknown>, add: (state: S | undefined, n: number) => S, name = "totals"): Build =>
  DStream.mapWithState({
    name,
    state,
    step: (n: number, sum: S | undefined, key: string) => {
      const next = add(sum, n)
      return [next, [key, next] as const] as const
    }
  })

const inOne = summing(one, (state, n) => ({ sum: (state?.sum ?? 0) + n }))
const inTwo = summing(two, (state, n) => ({ cents: (state?.cents ?? 0) + n * 100 }))
const inThree = summing(three, (state, n) => ({ cents: (state?.cents ?? 0n) + BigInt(n) * 100n, unit: "EUR" }))

const expected = [["b", { cents: 1200n, unit: "EUR" }], ["c", { cents: 700n, unit: "EUR" }]]

const historyOf = Effect.flatMap(CheckpointStore.CheckpointStore, (store) => store.inspect("evolving"))

const changesOf = (exit: Exit.Exit<unknown, unknown>): ReadonlyArray<Checkpoint.Change> => {
  assert(Exit.isFailure(exit))
  const reason = exit.cause.reasons[0]
  assert(reason?._tag === "Fail")
  const error: any = reason.error
  const checkpoint: unknown = error.reason?.error ?? error
  assert(checkpoint instanceof CheckpointError && checkpoint.reason._tag === "CheckpointIncompatible")
  return checkpoint.reason.changes
}

describe("evolution", () => {
  it.live("goes from version 1 to 3 as from 1 to 2 to 3", () =>
    Effect.gen(function*() {
      const atOnce = yield* Effect.provide(
        Effect.andThen(runOf(before, inOne), runOf(after, inThree)),
        CheckpointStore.layerMemory
      )
      const stepwise = yield* Effect.provide(
        runOf(before, inOne).pipe(Effect.andThen(runOf(before, inTwo)), Effect.andThen(runOf(after, inThree))),
        CheckpointStore.layerMemory
      )
      expect(atOnce).toEqual(expected)
      expect(stepwise).toEqual(expected)
    }))

  it.live("writes what was migrated into a snapshot of the start", () =>
    Effect.gen(function*() {
      yield* runOf(before, inOne)
      const verdict = yield* Checkpoint.check(pipelineOf(after, inThree))
      expect(verdict.migrations).toEqual([{ operator: "totals", from: 1, to: 3 }])
      yield* runOf(before, inThree)
      const { snapshot } = yield* historyOf
      expect(JSON.stringify(snapshot?.states)).toContain(`"unit":"EUR"`)
      expect((yield* Checkpoint.check(pipelineOf(after, inThree))).migrations).toEqual([])
      expect((yield* Checkpoint.check(pipelineOf(after, inOne))).changes.map(({ _tag }) => _tag)).toEqual(["MigrationMissing"])
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("migrates again where the start ended before the snapshot was there", () =>
    Effect.gen(function*() {
      const breaks = yield* Breaking
      yield* runOf(before, inOne)
      const old = yield* historyOf
      breaks.snapshots = true
      for (const build of [inTwo, inThree, inThree]) assert(Exit.isFailure(yield* Effect.exit(runOf(after, build))))
      expect((yield* historyOf).snapshot).toEqual(old.snapshot)
      breaks.snapshots = false
      expect(yield* runOf(after, inThree)).toEqual(expected)
    }).pipe(Effect.provide(breaking)))

  it.live("migrates what is in the journal only", () =>
    Effect.gen(function*() {
      const breaks = yield* Breaking
      breaks.snapshots = true
      for (const build of [inOne, inTwo]) assert(Exit.isFailure(yield* Effect.exit(runOf(before, build))))
      expect((yield* historyOf).snapshot).toBe(undefined)
      breaks.snapshots = false
      expect(yield* runOf(after, inThree)).toEqual(expected)
    }).pipe(Effect.provide(breaking)))

  const shapes: ReadonlyArray<readonly [kind: string, values: ReadonlyArray<number>, build: (n: Schema.Codec<number, unknown>) => Build]> = [
    ["mapWithState", [2000, 4000], (state) => DStream.mapWithState({ name: "it", state, step: (n, sum, key) => [(sum ?? 0) + n, [key, (sum ?? 0) + n] as const] })],
    ["updateStateByKey", [2000, 4000], (state) => DStream.updateStateByKey({ name: "it", state, update: (all, sum) => all.reduce((a, b) => a + b, sum ?? 0) })],
    ["runningReduceByKey", [2000, 4000], (state) => DStream.runningReduceByKey({ name: "it", state, reduce: (a, b) => a + b })],
    ["scan", [6000], (state) => DStream.scan({ name: "it", state, initial: 0, step: (sum, [, n]) => [sum + n, sum + n] })],
    ["reduceByKeyAndWindow", [2000, 4000], (value) => DStream.reduceByKeyAndWindow({ name: "it", value, windowDuration: "10 minutes", reduce: (a, b) => a + b })],
    ["reduceByKeyAndWindow with an inverse", [2000, 2000, 4000, 4000], (value) =>
      DStream.reduceByKeyAndWindow({ name: "it", value, windowDuration: "10 minutes", reduce: (a, b) => a + b, inverse: (a, b) => a - b })],
    ["as Spark does it", [2000, 2000, 4000, 4000], (value) =>
      DStream.reduceByKeyAndWindow({ name: "it", value, windowDuration: "10 minutes", reduce: (a, b) => a + b, inverse: (a, b) => a - b, semantics: "spark" })],
    ["groupByKeyAndWindow", [1000, 2000, 3000], (value) => DStream.groupByKeyAndWindow({ name: "it", value, windowDuration: "10 minutes" })],
    ["window", [1000, 2000, 3000], (item) => (input) => input.pipe(DStream.map(([, n]) => n), DStream.window({ name: "it", item, windowDuration: "10 minutes" }))],
    ["topK", [1000, 2000, 3000], (item) => (input) => input.pipe(DStream.map(([, n]) => n), DStream.topK({ name: "it", k: 3, item, order: (a, b) => a - b }))],
    ["reduceByKeyAndEventWindow", [2000, 4000], (state) => (input) =>
      input.pipe(
        DStream.assignTimestamps({ timestamp: (n) => n, outOfOrderness: "1 hour" }),
        DStream.reduceByKeyAndEventWindow({ name: "it", state, windowDuration: "1 second", reduce: (a, b) => a + b })
      )],
    ["groupByKeyAndEventWindow", [1000, 2000, 3000], (value) => (input) =>
      input.pipe(
        DStream.assignTimestamps({ timestamp: (n) => n, outOfOrderness: "1 hour" }),
        DStream.groupByKeyAndEventWindow({ name: "it", value, windowDuration: "1 second" })
      )]
  ]

  it.live.each(shapes)("what %s remembers goes through every version", ([_, values, build]) =>
    Effect.gen(function*() {
      const thousand = State.next(Schema.Number, Schema.Number, (n) => n * 1000)
      yield* runOf(before, build(Schema.Number))
      yield* runOf(before, build(thousand))
      const { snapshot } = yield* historyOf
      const all = JSON.stringify(snapshot?.states)
      expect([...all.matchAll(/\{"~version":2,"value":(\d+)\}/g)].map(([, n]) => Number(n)).sort()).toEqual(values)
      expect(yield* runOf(before, build(thousand))).toEqual([])
      expect(JSON.stringify((yield* historyOf).snapshot?.states)).toBe(all)
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("lists all that does not fit, and starts nothing", () =>
    Effect.gen(function*() {
      yield* runOf(before, (input) => inOne(DStream.mapWithState(input, {
        name: "others",
        state: Schema.Number,
        step: (n, sum, key) => [(sum ?? 0) + n, [key, n] as const]
      })))
      const { epoch } = yield* historyOf
      const changed: Build = summing(Schema.Struct({ sum: Schema.String }), () => ({ sum: "" }))
      const changes = changesOf(yield* Effect.exit(runOf(after, changed)))
      expect(changes.map(({ _tag, count, name }) => [_tag, name, count])).toEqual([
        ["OperatorMissing", "others", 2],
        ["StateChanged", "totals", 2]
      ])
      const verdict = yield* Checkpoint.check(pipelineOf(after, changed))
      expect(verdict.isCompatible).toBe(false)
      expect(verdict.changes).toEqual(changes)
      expect((yield* historyOf).epoch).toBe(epoch + 1)
      expect(yield* runOf(after, inOne, { drop: ["others"] })).toEqual([["b", { sum: 12 }], ["c", { sum: 7 }]])
      expect((yield* historyOf).snapshot?.states.map(({ operator }) => operator)).toEqual(["totals"])
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("gives an operator's state to one of another name, once", () =>
    Effect.gen(function*() {
      yield* runOf(before, inOne)
      const renamed = summing(one, (state, n) => ({ sum: (state?.sum ?? 0) + n }), "sums")
      const options = { rename: { totals: "sums" } }
      const verdict = yield* Checkpoint.check(pipelineOf(after, renamed, options))
      expect(verdict.notes).toEqual([`Operator "totals" goes on as "sums"`])
      expect(yield* runOf(after, renamed, options)).toEqual([["b", { sum: 12 }], ["c", { sum: 7 }]])
      expect((yield* Checkpoint.check(pipelineOf(after, renamed, options))).notes).toEqual([])
      expect((yield* Checkpoint.check(pipelineOf(after, renamed))).isCompatible).toBe(true)
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("starts what is new empty, and goes on with the rest", () =>
    Effect.gen(function*() {
      yield* runOf(before, inOne)
      const more: Build = (input) => inOne(DStream.filter(DStream.distinct(input, { name: "new", by: ([key]) => key }), () => true))
      expect((yield* Checkpoint.check(pipelineOf(after, more))).notes).toEqual([`Operator "new" is new and starts empty`])
      expect(yield* runOf(after, more)).toEqual([["b", { sum: 12 }], ["c", { sum: 7 }]])
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("refuses what a schema of the same form does not take, and shows none of it", () =>
    Effect.gen(function*() {
      yield* runOf([["secret", 1]], inOne)
      const strict = Schema.Struct({ sum: Schema.Number.check(Schema.isGreaterThan(1000)) })
      const exit = yield* Effect.exit(runOf([["secret", 1]], summing(strict, () => ({ sum: 2000 }))))
      const changes = changesOf(exit)
      expect(changes.map(({ _tag, name }) => [_tag, name])).toEqual([["StateChanged", "totals"]])
      expect(JSON.stringify(changes)).not.toContain("secret")
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("says of an empty checkpoint that everything fits", () =>
    Effect.gen(function*() {
      const verdict = yield* Checkpoint.check(pipelineOf(after, inThree))
      expect(verdict).toEqual({
        pipeline: "evolving",
        path: "memory",
        epoch: 0,
        batch: 0,
        isCompatible: true,
        changes: [],
        notes: [],
        migrations: []
      })
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))
})
