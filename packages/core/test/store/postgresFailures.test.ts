/** What a journal in PostgreSQL does when sessions break, owners change and the server refuses. */
import { assert, describe, it } from "@effect/vitest"
import { type CheckpointError, CheckpointStore } from "@millrace/core"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { begin, found, open, prepared, reasonOf, snapshotAt, words } from "./journals.ts"
import { inSchema, layerClient, onPostgres, server, serverUrl } from "./onPostgres.ts"
import { makeWire, through } from "./Wire.ts"

const failing = <A, R>(layer: Layer.Layer<CheckpointStore.CheckpointStore, A, R>) =>
  Effect.flip(Effect.scoped(Layer.build(layer)))

describe.skipIf(server === undefined)("a server that fails", () => {
  it.live("a session that is ended ends its journal, and its claim for everybody", () =>
    inSchema(({ endSession, store }) =>
      Effect.gen(function*() {
        const life = yield* open(yield* store())
        life.journal.append([prepared(1)])
        yield* life.journal.sync
        yield* endSession
        life.journal.append([prepared(2)])
        const error = yield* Effect.flip(life.journal.sync)
        assert.strictEqual(error.reason._tag, "StoreFailed")
        assert.isTrue(error.isRetryable)
        assert.strictEqual(yield* Effect.flip(life.journal.sync), error)
        assert.isTrue((yield* Effect.flip(life.journal.verify)).isRetryable)
        const other = yield* store()
        const next = yield* open(other)
        assert.strictEqual(next.claim.epoch, 2)
        assert.deepStrictEqual(words(next.history), ["Prepared 1"])
        yield* life.end
        assert.strictEqual((yield* reasonOf(begin(yield* store())))._tag, "CheckpointInUse")
        yield* next.end
      })))

  it.live("a record whose confirmation is lost is there once", () =>
    inSchema(({ column, store }) =>
      Effect.scoped(Effect.gen(function*() {
        const wire = yield* makeWire(serverUrl)
        const far = yield* store({}, { url: Redacted.make(through(serverUrl, wire)) })
        const life = yield* open(far)
        life.journal.append([prepared(1)])
        yield* life.journal.sync
        life.journal.append([prepared(2)])
        wire.state = "mute"
        assert.isTrue((yield* Effect.flip(life.journal.sync)).isRetryable)
        wire.state = "carrying"
        yield* life.end
        const next = yield* open(far)
        assert.deepStrictEqual(words(next.history), ["Prepared 1", "Prepared 2"])
        next.journal.append([prepared(3)])
        yield* next.journal.sync
        yield* next.end
        assert.deepStrictEqual(yield* column("select lsn::integer from millrace_journal order by lsn"), [1, 2, 3, 4, 5])
      }))))

  it.live("a server that does not answer is given up; this process goes on, and others are refused", () =>
    inSchema(({ store }) =>
      Effect.scoped(Effect.gen(function*() {
        const wire = yield* makeWire(serverUrl)
        const far = yield* store({ timeout: "2 seconds" }, { url: Redacted.make(through(serverUrl, wire)) })
        const life = yield* open(far)
        wire.state = "holding"
        life.journal.append([prepared(1)])
        const error = yield* Effect.flip(life.journal.sync)
        assert.include(error.message, "did not answer within 2s")
        assert.isTrue(error.isRetryable)
        yield* life.end
        wire.state = "carrying"
        // The server has not heard of the end of that session, and still keeps its lock.
        assert.deepStrictEqual(
          yield* reasonOf(begin(yield* store())),
          { _tag: "CheckpointInUse", epoch: 1, owner: undefined }
        )
        // The pool was about to connect anew, into the silence.
        const next = yield* Effect.retry(open(far), { times: 20, while: ({ isRetryable }) => isRetryable })
        assert.strictEqual(next.claim.epoch, 2)
        assert.deepStrictEqual(words(next.history), [])
        yield* next.end
      }))), 60_000)

  it.live("an owner that was shut out adds no row and takes none away", () =>
    inSchema(({ column, store }) =>
      Effect.gen(function*() {
        const zombie = yield* open(yield* store())
        zombie.journal.append([prepared(1)])
        yield* zombie.journal.snapshot(snapshotAt(1), 2)
        zombie.journal.append([prepared(666)])
        const next = yield* open(yield* store(), { takeover: true })
        const fenced: CheckpointError["reason"] = { _tag: "Fenced", epoch: 1, by: 2 }
        const before = yield* column("select row(j.*)::text from millrace_journal j order by lsn")
        assert.deepStrictEqual(yield* reasonOf(zombie.journal.sync), fenced)
        assert.deepStrictEqual(yield* reasonOf(zombie.journal.snapshot(snapshotAt(2), 1)), fenced)
        assert.deepStrictEqual(yield* reasonOf(zombie.journal.release(1)), fenced)
        assert.deepStrictEqual(yield* reasonOf(zombie.claim.read), fenced)
        assert.deepStrictEqual(yield* column("select row(j.*)::text from millrace_journal j order by lsn"), before)
        assert.deepStrictEqual(yield* column("select distinct reference from millrace_snapshot"), ["1-2"])
        yield* zombie.end
        next.journal.append([prepared(2)])
        yield* next.journal.release(2)
        yield* next.end
      })))

  it.live("a claim waits for what an older owner is writing", () =>
    inSchema(({ column, sql, store }) =>
      Effect.gen(function*() {
        const first = yield* open(yield* store())
        first.journal.append([prepared(1)])
        yield* first.journal.sync
        const other = yield* store()
        const claimed = yield* sql.withTransaction(Effect.gen(function*() {
          yield* sql`select epoch from millrace_epoch where pipeline = 'orders' for share`
          const claiming = yield* Effect.forkDetach(open(other, { takeover: true }), { startImmediately: true })
          const waits = `select count(*)::integer from pg_locks
            where not granted and pid in (select pid from pg_stat_activity where query like '%"millrace_epoch"%for update')`
          while ((yield* column(waits))[0] === 0) yield* Effect.sleep("10 millis")
          yield* sql`insert into millrace_journal select pipeline, 3, part, epoch, kind, content from millrace_journal where lsn = 2`
          return claiming
        }))
        const next = yield* Fiber.join(claimed)
        assert.deepStrictEqual(words(next.history), ["Prepared 1", "Prepared 1"])
        yield* first.end
        yield* next.end
      })))

  it.live("what is written waits for a claim that is under way, and comes too late", () =>
    inSchema(({ column, sql, store }) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(yield* store())
        yield* journal.sync
        const writing = yield* sql.withTransaction(Effect.gen(function*() {
          yield* sql`update millrace_epoch set epoch = 2`
          journal.append([prepared(1)])
          const writing = yield* Effect.forkDetach(reasonOf(journal.sync), { startImmediately: true })
          const isAsked = `select count(*)::integer from pg_stat_activity
            where query like '%"millrace_journal"%' and wait_event_type = 'Lock'
              and pid = (select session from millrace_epoch)`
          while (writing.pollUnsafe() === undefined && (yield* column(isAsked))[0] === 0) yield* Effect.sleep("10 millis")
          return writing
        }))
        assert.deepStrictEqual(yield* Fiber.join(writing), { _tag: "Fenced", epoch: 1, by: 2 })
        assert.deepStrictEqual(yield* column("select lsn::integer from millrace_journal"), [1])
        yield* end
      })))

  it.live("a claim that is refused keeps no session", () =>
    inSchema(({ store }) =>
      Effect.gen(function*() {
        const small = yield* store({ timeout: "5 seconds" }, { maxConnections: 2 })
        const first = yield* open(small)
        for (let n = 0; n < 5; n++) assert.strictEqual((yield* reasonOf(begin(small)))._tag, "CheckpointInUse")
        yield* first.journal.snapshot(snapshotAt(0), 1)
        yield* first.end
        assert.strictEqual((yield* found(small)).snapshot?.batch, 0)
      })))

  it.live("a pool without a free session is said to be one", () =>
    inSchema(({ store }) =>
      Effect.gen(function*() {
        const small = yield* store({ timeout: "1 second" }, { maxConnections: 1 })
        const first = yield* open(small)
        const error = yield* Effect.flip(begin(small))
        assert.include(error.message, "failed at connecting")
        assert.isTrue(error.isRetryable)
        yield* first.end
      })))

  it.live("without a server there is no store, and a later try may find one", () =>
    Effect.gen(function*() {
      const url = Redacted.make("postgres://postgres:secret@127.0.0.1:1/test")
      const error = yield* failing(onPostgres({}, { url }))
      assert(error._tag === "CheckpointError")
      assert.isTrue(error.isRetryable)
      assert.notInclude(error.message, "secret")
    }))

  it.live("names that are none are refused, without a word to the server", () =>
    Effect.gen(function*() {
      for (const options of [{ schema: "a\"b" }, { schema: "" }, { prefix: "p.q" }, { prefix: "x".repeat(60) }]) {
        const error = yield* failing(Layer.provide(CheckpointStore.layerPostgres(options), layerClient()))
        assert(error._tag === "CheckpointError")
        assert.strictEqual(error.reason._tag, "Refused")
      }
      yield* inSchema(({ store }) =>
        Effect.gen(function*() {
          const kept = yield* store()
          for (const name of ["a\0b", "\ud800"]) {
            assert.strictEqual((yield* reasonOf(kept.inspect(name)))._tag, "Refused")
            assert.strictEqual((yield* reasonOf(Effect.scoped(kept.claim(name))))._tag, "Refused")
          }
        }))
    }))

  it.live("what the server refuses is told by its SQLSTATE alone", () =>
    inSchema(({ column, store }) =>
      Effect.gen(function*() {
        const life = yield* open(yield* store())
        yield* column("alter table millrace_journal add check (content not like '%Prepared%')")
        life.journal.append([prepared(1)])
        const error = yield* Effect.flip(life.journal.sync)
        assert.isFalse(error.isRetryable)
        assert.include(error.message, "SQLSTATE 23514")
        assert.notInclude(JSON.stringify(error), "lines")
        yield* life.end
      })))
})
