/** What every checkpoint store must do, as a suite for a factory of layers: each layer begins with nothing. */
import { assert, it } from "@effect/vitest"
import { CheckpointStore } from "@millrace/core"
import { Arbitrary, Effect, type Layer, Schema } from "effect"
import {
  begin,
  changed,
  committed,
  data,
  found,
  open,
  pipeline,
  placesAreWhole,
  prepared,
  reasonOf,
  snapshotAt,
  type Store,
  words
} from "./journals.ts"

type Body<A, E> = (store: Store) => Effect.Effect<A, E>

export const checkpointContract = <LE>(
  fresh: () => Layer.Layer<CheckpointStore.CheckpointStore, LE>,
  { runs = 100 }: { readonly runs?: number } = {}
): void => {
  const on = <A, E>(body: Body<A, E>) =>
    Effect.flatMap(CheckpointStore.CheckpointStore, body).pipe(Effect.provide(fresh()))
  const test = <A, E>(title: string, body: Body<A, E>) => it.live(title, () => on(body))

  test("the first claim finds nothing, and the second what the first made durable", (store) =>
    Effect.gen(function*() {
      const first = yield* open(store)
      assert.deepStrictEqual(first.history, { snapshot: undefined, records: [], warnings: [] })
      assert.strictEqual(first.journal.append([data(1), changed(1), prepared(1)]), 4)
      yield* first.journal.sync
      yield* first.journal.verify
      yield* first.end
      const history = yield* found(store)
      assert.deepStrictEqual(history.records, [
        { lsn: 1, record: { _tag: "Seal", epoch: 1, manifest: { epoch: 1 } } },
        { lsn: 2, record: data(1) },
        { lsn: 3, record: changed(1) },
        { lsn: 4, record: prepared(1) }
      ])
    }))

  test("places go on over epochs, and epochs over claims that did nothing", (store) =>
    Effect.gen(function*() {
      for (const epoch of [1, 2, 3]) {
        const life = yield* open(store)
        assert.strictEqual(life.claim.epoch, epoch * 2 - 1)
        life.journal.append([prepared(epoch)])
        yield* life.journal.sync
        yield* life.end
        yield* (yield* begin(store)).end
      }
      const history = yield* found(store)
      assert.deepStrictEqual(words(history), ["Prepared 1", "Prepared 2", "Prepared 3"])
      placesAreWhole(history)
    }))

  test("a record that is changed after it was added stays what it was", (store) =>
    Effect.gen(function*() {
      const life = yield* open(store)
      const delta = [["k", 1]]
      life.journal.append([changed(1, delta)])
      delta.push(["l", 2])
      yield* life.journal.sync
      yield* life.end
      const { records } = yield* found(store)
      assert.deepStrictEqual(records[1]?.record, changed(1, [["k", 1]]))
    }))

  test("a live claim is not taken but by takeover, which shuts it out", (store) =>
    Effect.gen(function*() {
      const first = yield* open(store)
      first.journal.append([prepared(1)])
      yield* first.journal.sync
      const refused = yield* reasonOf(begin(store))
      assert(refused._tag === "CheckpointInUse")
      assert.strictEqual(refused.epoch, 1)
      yield* first.journal.verify
      const second = yield* open(store, { takeover: true })
      assert.deepStrictEqual(words(second.history), ["Prepared 1"])
      assert.deepStrictEqual(yield* reasonOf(first.journal.verify), { _tag: "Fenced", epoch: 1, by: 2 })
      yield* second.journal.verify
      // The end of a claim that was shut out is not the end of the one that shut it out.
      yield* first.end
      assert.strictEqual((yield* reasonOf(begin(store)))._tag, "CheckpointInUse")
      yield* second.end
    }))

  test("what is added after a newer claim has read is nobody's", (store) =>
    Effect.gen(function*() {
      const first = yield* open(store)
      first.journal.append([prepared(1)])
      yield* first.journal.sync
      const second = yield* open(store, { takeover: true })
      first.journal.append([prepared(666)])
      yield* Effect.exit(first.journal.sync)
      assert.strictEqual((yield* reasonOf(first.journal.verify))._tag, "Fenced")
      second.journal.append([prepared(2)])
      yield* second.journal.sync
      yield* first.end
      yield* second.end
      const history = yield* found(store)
      assert.deepStrictEqual(words(history), ["Prepared 1", "Prepared 2"])
      placesAreWhole(history)
    }))

  test("a claim that is given back is free at once", (store) =>
    Effect.gen(function*() {
      const first = yield* open(store)
      first.journal.append([prepared(1), committed(1)])
      yield* first.journal.release(1)
      const history = yield* found(store)
      assert.deepStrictEqual(words(history), ["Prepared 1", "Committed 1", "Released 1"])
      yield* first.end
    }))

  test("history begins where the newest snapshot needs it", (store) =>
    Effect.gen(function*() {
      const life = yield* open(store)
      life.journal.append([data(1), prepared(1), committed(1)])
      const waiting = life.journal.append([data(2)])
      assert.isAbove(life.journal.bytesSinceSnapshot(), 0)
      assert.strictEqual(life.journal.snapshotBytes(), 0)
      yield* life.journal.snapshot(snapshotAt(1), waiting)
      assert.isAbove(life.journal.snapshotBytes(), 0)
      life.journal.append([prepared(2)])
      yield* life.journal.sync
      yield* life.end
      const history = yield* found(store)
      assert.deepStrictEqual(history.snapshot, snapshotAt(1))
      assert.deepStrictEqual(words(history), ["Data 2", "SnapshotTaken 1", "Prepared 2"])
      assert.deepStrictEqual(history.warnings, [])
    }))

  test("a store can be looked at while it is written to, and knows nothing of other pipelines", (store) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* store.inspect(pipeline)).epoch, 0)
      const life = yield* open(store)
      life.journal.append([prepared(1)])
      yield* life.journal.sync
      const seen = yield* store.inspect(pipeline)
      assert.deepStrictEqual([seen.epoch, words(seen)], [1, ["Prepared 1"]])
      assert.strictEqual((yield* store.inspect("__proto__")).epoch, 0)
      yield* life.journal.verify
      yield* life.end
    }))

  test("of many who claim at once one wins", (store) =>
    Effect.gen(function*() {
      const all = yield* Effect.all(
        Array.from({ length: 8 }, () => Effect.result(begin(store))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(all.filter(({ _tag }) => _tag === "Success").length, 1)
      for (const one of all) {
        if (one._tag === "Success") yield* one.success.end
        else assert.strictEqual(one.failure.reason._tag, "CheckpointInUse")
      }
    }))

  const action = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })))

  it.live("snapshot and records make what all records make, wherever it is cut", () =>
    Effect.gen(function*() {
      const checked = yield* Arbitrary.checkEffect(
        Arbitrary.array(action, { maxLength: 24 }),
        (actions) => on((store) => survives(store, actions)),
        { runs, size: 24 }
      )
      assert.strictEqual(checked._tag, "Passed", JSON.stringify(checked))
    }))
}

/** Batches add their number to a sum; a run that starts again must come to the same sum, and miss no data. */
const survives = (store: Store, actions: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    let life = yield* open(store)
    let batch = 0
    const uncut: Array<{ readonly lsn: number; readonly sequence: number }> = []
    let sequence = 0
    for (const action of actions) {
      if (action < 5) {
        batch++
        life.journal.append([changed(batch, batch), prepared(batch)])
        yield* life.journal.sync
      } else if (action < 7) {
        sequence++
        uncut.push({ lsn: life.journal.append([data(sequence)]), sequence })
        yield* life.journal.sync
      } else if (action === 7) {
        const next = life.journal.append([committed(batch)])
        const state = [{ operator: "sum", delta: (batch * (batch + 1)) / 2 }]
        yield* life.journal.snapshot({ ...snapshotAt(batch), states: state }, uncut[0]?.lsn ?? next + 1)
      } else {
        if (action === 8) yield* life.journal.release(batch)
        yield* life.end
        life = yield* open(store)
        if (!holds(life.history, batch, uncut)) return false
      }
    }
    yield* life.end
    return holds(yield* found(store), batch, uncut)
  })

const holds = (
  { records, snapshot, warnings }: CheckpointStore.History,
  batch: number,
  uncut: ReadonlyArray<{ readonly lsn: number; readonly sequence: number }>
): boolean => {
  const base = snapshot?.batch ?? 0
  let sum = Number(snapshot?.states[0]?.delta ?? 0)
  const seen = new Map<number, number>()
  for (const { lsn, record } of records) {
    if (record._tag === "Changed" && record.batch > base) sum += Number(record.delta)
    if (record._tag === "Data") seen.set(lsn, record.sequence)
  }
  return warnings.length === 0 && sum === (batch * (batch + 1)) / 2 &&
    uncut.every(({ lsn, sequence }) => seen.get(lsn) === sequence)
}
