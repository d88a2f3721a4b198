import { assert, describe, it } from "@effect/vitest"
import type { CheckpointError, CheckpointStore } from "@millrace/core"
import { Effect } from "effect"
import { camelToSnake, snakeToCamel } from "effect/String"
import { checkpointContract } from "./checkpointContract.ts"
import { changed, committed, data, found, open, pipeline, placesAreWhole, prepared, reasonOf, snapshotAt, type Store, words } from "./journals.ts"
import { inSchema, onPostgres, server } from "./onPostgres.ts"

/** As `found`, and gives the claim back where that fails. */
const lookedAt = (store: Store) => Effect.scoped(Effect.flatMap(store.claim(pipeline), ({ read }) => read))

describe.skipIf(server === undefined)("layerPostgres", () => {
  checkpointContract(() => onPostgres(), { runs: 10 })

  describe("where transactions see one moment only, and names are changed on their way", () => {
    const config = {
      startupParameters: { default_transaction_isolation: "serializable" },
      transformQueryNames: camelToSnake,
      transformResultNames: snakeToCamel
    }
    checkpointContract(() => onPostgres({ prefix: "Other tables'" }, config), { runs: 3 })
  })

  it.live("the rows of a journal are records by place, each under its epoch", () =>
    inSchema(({ column, store }) =>
      Effect.gen(function*() {
        const life = yield* open(yield* store())
        life.journal.append([prepared(1)])
        assert.deepStrictEqual(yield* column("select lsn from millrace_journal"), [])
        yield* life.journal.sync
        life.journal.append([committed(1)])
        yield* life.end
        const next = yield* open(yield* store())
        next.journal.append([prepared(2)])
        yield* next.journal.release(2)
        yield* next.end
        assert.deepStrictEqual(
          yield* column(`select concat_ws(' ', pipeline, lsn, epoch, content::json->>'_tag') from millrace_journal order by lsn`),
          ["orders 1 1 Seal", "orders 2 1 Prepared", "orders 3 2 Seal", "orders 4 2 Prepared", "orders 5 2 Released"]
        )
        assert.deepStrictEqual(yield* column("select epoch::integer from millrace_epoch where pipeline = 'orders'"), [2])
      })))

  it.live("all who wait while one writes share the next statement", () =>
    inSchema(({ column, store }) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(yield* store())
        yield* Effect.forEach(Array.from({ length: 50 }, (_, place) => place), (place) => {
          journal.append([prepared(place)])
          return journal.sync
        }, { concurrency: "unbounded", discard: true })
        assert.deepStrictEqual(yield* column("select count(*)::integer from millrace_journal"), [51])
        assert.deepStrictEqual(yield* column("select count(distinct xmin::text)::integer from millrace_journal"), [2])
        yield* end
      })))

  it.live("records and snapshots may be larger than a message of the server", () =>
    inSchema(({ column, store }) =>
      Effect.gen(function*() {
        const kept = yield* store()
        const { end, journal } = yield* open(kept)
        const text = `${"x".repeat(7)}${"😀".repeat(9 * 1024 * 1024)}`
        journal.append([data(1, "small"), data(2, text), prepared(1)])
        yield* journal.sync
        const large: CheckpointStore.Snapshot = { ...snapshotAt(1), states: [{ operator: "count", delta: text }] }
        yield* journal.snapshot(large, 3)
        yield* end
        const history = yield* found(kept)
        assert.isTrue(history.snapshot?.states[0]?.delta === text)
        const [record] = history.records
        assert.isTrue(record?.record._tag === "Data" && record.record.chunks[0] === text)
        assert.deepStrictEqual(words(history), ["Data 2", "Prepared 1", "SnapshotTaken 1"])
        assert.isAbove(Number((yield* column("select count(*) from millrace_snapshot"))[0]), 16)
      })))

  it.live("two snapshots are kept, and the records from where the older one needs them", () =>
    inSchema(({ column, store }) =>
      Effect.gen(function*() {
        const kept = yield* store()
        const life = yield* open(kept)
        for (const batch of [1, 2, 3]) {
          const place = life.journal.append([changed(batch), prepared(batch)])
          yield* life.journal.snapshot(snapshotAt(batch), place)
        }
        yield* life.end
        const references = yield* column("select distinct reference from millrace_snapshot order by reference")
        assert.deepStrictEqual(references, ["1-6", "1-9"])
        assert.deepStrictEqual(yield* column("select min(lsn)::integer from millrace_journal"), [6])

        yield* column("update millrace_snapshot set content = '{' where reference = '1-9' and place = 2")
        const history = yield* found(kept)
        assert.deepStrictEqual(history.snapshot, snapshotAt(2))
        assert.deepStrictEqual(history.warnings, ["Snapshot 1-9 is not used: a state in it is damaged"])
        assert.deepStrictEqual(words(history), ["Prepared 2", "SnapshotTaken 2", "Changed 3", "Prepared 3", "SnapshotTaken 3"])
        placesAreWhole(history)

        yield* column("delete from millrace_snapshot where reference = '1-6' and place = 3")
        assert.deepStrictEqual(yield* reasonOf(lookedAt(kept)), { _tag: "SnapshotCorrupt", references: ["1-9", "1-6"] })
      })))

  it.live("what was taken out of a journal is missed", () =>
    inSchema(({ column, schema, store }) =>
      Effect.gen(function*() {
        const kept = yield* store()
        const { end, journal } = yield* open(kept)
        journal.append([prepared(1), prepared(2), prepared(3)])
        yield* journal.sync
        yield* end
        const segment = `"${schema}"."millrace_journal"`
        const missing = (lsn: number): CheckpointError["reason"] => ({ _tag: "JournalCorrupt", segment, offset: 0, lsn })
        yield* column("delete from millrace_journal where lsn = 3")
        assert.deepStrictEqual(yield* reasonOf(lookedAt(kept)), missing(3))
        yield* column("update millrace_journal set content = '{}' where lsn = 2")
        assert.deepStrictEqual(yield* reasonOf(lookedAt(kept)), missing(2))
        yield* column("delete from millrace_journal where lsn = 1")
        assert.deepStrictEqual(yield* reasonOf(kept.inspect(pipeline)), missing(1))
      })))

  it.live("tables of a newer version are left alone", () =>
    inSchema(({ column, store }) =>
      Effect.gen(function*() {
        const kept = yield* store()
        yield* (yield* open(kept)).end
        yield* column("update millrace_epoch set format = 7")
        const reason: CheckpointError["reason"] = { _tag: "FormatTooNew", found: 7, known: 1 }
        assert.deepStrictEqual(yield* reasonOf(lookedAt(kept)), reason)
        assert.deepStrictEqual(yield* reasonOf(kept.inspect(pipeline)), reason)
        assert.deepStrictEqual(yield* column("select epoch::integer from millrace_epoch"), [1])
      })))

  it.live("many that start at once make the tables once", () =>
    inSchema(({ column, store }) =>
      Effect.gen(function*() {
        const stores = yield* Effect.all(Array.from({ length: 6 }, () => store()), { concurrency: "unbounded" })
        assert.deepStrictEqual(stores.map(({ durability }) => durability), stores.map(() => "fsync"))
        assert.deepStrictEqual(
          yield* column("select table_name from information_schema.tables where table_schema = current_schema order by 1"),
          ["millrace_epoch", "millrace_journal", "millrace_snapshot"]
        )
      })))

  it.live("says what the session was told of durability", () =>
    inSchema(({ store }) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* store({}, { startupParameters: { synchronous_commit: "off" } })).durability, "os")
        assert.strictEqual((yield* store({}, { startupParameters: { synchronous_commit: "local" } })).durability, "fsync")
      })))
})
