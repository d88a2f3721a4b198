import { assert, describe, layer } from "@effect/vitest"
import { Batch, type BatchSink } from "@millrace/core"
import * as Kafka from "@millrace/sinks/Kafka"
import { Deferred, Effect, Exit, Fiber, Option, Scope } from "effect"
import { cluster, isMissing, read, topic, withAdmin } from "./broker.ts"
import { faulty, requests } from "./faulty.ts"

const identity = (epoch = 1): BatchSink.Identity => ({ pipeline: "orders", output: "out", epoch })

const sinkTo = (name: string, more: Partial<Kafka.TransactionalOptions<string>> = {}) =>
  Kafka.transactional({ topic: name, prefix: name, record: (value: string) => ({ key: value, value }), ...more })

const batchOf = (id: number, ...items: ReadonlyArray<string>) => Batch.make(id, id * 1_000, items)

const values = (name: string) => Effect.map(read(name), (found) => found.map(({ value }) => value).toSorted())

const reasonOf = <A, R>(effect: Effect.Effect<A, Kafka.KafkaError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

const suite = layer(cluster(), { timeout: "60 seconds", excludeTestServices: true })

describe.skipIf(isMissing)("Kafka, in transactions", () => suite("a batch", (it) => {
  it.effect("is there after each of several starts with one transactional id", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      // On a cluster without any producer the number of the first one is 0, which hides what is tested here.
      yield* Kafka.produce({ topic: name, record: (value: string) => ({ value }) }).open(identity())
      for (let epoch = 1; epoch <= 4; epoch++) {
        yield* Effect.scoped(Effect.flatMap(sinkTo(name).open(identity(epoch)), (writer) => writer.commit(batchOf(epoch, `${epoch}`))))
      }
      assert.deepStrictEqual(yield* values(name), ["1", "2", "3", "4"])
    }))

  it.effect("is there once, whichever request or answer gets lost on its way", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const { next, open } = yield* faulty
      const writer = yield* open(sinkTo(name), identity())
      const expected: Array<string> = []
      let id = 0
      for (const request of requests) {
        for (const at of ["request", "answer"] as const) {
          next({ request, at })
          const batch = batchOf(++id, `${request} a ${at}`, `${request} b ${at}`)
          assert.deepStrictEqual(yield* reasonOf(writer.commit(batch)), { _tag: "ConnectionLost" })
          if (id % 2 === 0) {
            const isThere = request === "endTransaction" && at === "answer"
            assert.deepStrictEqual(yield* writer.lastCommitted, Option.some(isThere ? id : id - 1))
          }
          yield* writer.commit(batch)
          expected.push(...batch.items)
          assert.deepStrictEqual(yield* values(name), expected.toSorted())
        }
      }
    }))

  it.effect("is not waited for by an end that comes while the sink is being opened", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const { next, open } = yield* faulty
      const asked = yield* Deferred.make<void>()
      next({ request: "initProducer", at: "request", before: Effect.andThen(Deferred.succeed(asked, undefined), Effect.never) })
      const opening = yield* Effect.forkChild(Effect.scoped(open(sinkTo(name), identity())))
      yield* Deferred.await(asked)
      yield* Effect.timeout(Fiber.interrupt(opening), "5 seconds")
    }))

  it.effect("is there once where the brokers lost patience with its transaction", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const slow = yield* faulty
      const writer = yield* slow.open(sinkTo(name, { transactionTimeout: "1 second" }), identity())
      yield* writer.commit(batchOf(1, "a"))
      // Reading waits until nothing is open any more, and only the brokers can end it.
      slow.next({ request: "endTransaction", at: "request", before: Effect.asVoid(read(name)) })
      yield* writer.commit(batchOf(2, "b"))
      yield* writer.commit(batchOf(3, "c"))
      const all = yield* read(name, { isCommitted: false })
      assert.deepStrictEqual(all.map(({ value }) => value).toSorted(), ["a", "b", "b", "c"])
      assert.deepStrictEqual(yield* values(name), ["a", "b", "c"])
    }))

  it.effect("is given up by the next start, where the process ended between its records and its commit", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const crashed = yield* faulty
      // Nobody closes it.
      const left = yield* Scope.make()
      const writer = yield* Scope.provide(crashed.open(sinkTo(name), identity()), left)
      yield* writer.commit(batchOf(1, "a"))
      crashed.next({ request: "endTransaction", at: "request" })
      yield* Effect.exit(writer.commit(batchOf(2, "b", "c")))
      const all = yield* read(name, { isCommitted: false })
      assert.deepStrictEqual(all.map(({ value }) => value).toSorted(), ["a", "b", "c"])
      const committed = yield* read(name, { waits: false })
      assert.deepStrictEqual(committed.map(({ value }) => value), ["a"])

      const next = yield* sinkTo(name).open(identity(2))
      assert.deepStrictEqual(yield* next.lastCommitted, Option.some(1))
      assert.deepStrictEqual(yield* values(name), ["a"])
      yield* next.commit(batchOf(2, "b", "c"))
      assert.deepStrictEqual(yield* values(name), ["a", "b", "c"])
      yield* Scope.close(left, Exit.void)
      assert.deepStrictEqual(yield* values(name), ["a", "b", "c"])
    }))

  it.effect("is known to the next start, where the process ended before it heard that it was committed", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const crashed = yield* faulty
      const writer = yield* crashed.open(sinkTo(name), identity())
      crashed.next({ request: "endTransaction", at: "answer" })
      yield* Effect.exit(writer.commit(batchOf(1, "a")))
      const next = yield* sinkTo(name).open(identity(2))
      assert.deepStrictEqual(yield* next.lastCommitted, Option.some(1))
      yield* next.commit(batchOf(1, "a"))
      assert.deepStrictEqual(yield* values(name), ["a"])
    }))

  it.effect("of a start that was shut out while it wrote shows to nobody, and its writer is told", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const paused = yield* faulty
      const old = yield* paused.open(sinkTo(name), identity(1))
      const isWaiting = yield* Deferred.make<void>()
      const mayGoOn = yield* Deferred.make<void>()
      const before = Effect.andThen(Deferred.succeed(isWaiting, undefined), Deferred.await(mayGoOn))
      paused.next({ request: "endTransaction", at: "request", before })
      const writing = yield* Effect.forkChild(reasonOf(old.commit(batchOf(1, "of the old"))))
      yield* Deferred.await(isWaiting)
      const young = yield* sinkTo(name).open(identity(2))
      yield* young.commit(batchOf(1, "of the young"))
      yield* Deferred.succeed(mayGoOn, undefined)
      assert.deepStrictEqual(yield* Fiber.join(writing), { _tag: "Fenced", epoch: 1, by: 2 })
      assert.deepStrictEqual(yield* reasonOf(old.commit(batchOf(2, "of the old"))), { _tag: "Fenced", epoch: 1, by: 2 })
      yield* young.commit(batchOf(2, "of the young, too"))
      assert.deepStrictEqual(yield* values(name), ["of the young", "of the young, too"])
    }))

  it.effect("that an older start commits just before it is shut out is known to the younger one", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const old = yield* sinkTo(name).open(identity(1))
      const slow = yield* faulty
      const context = yield* Effect.context<Kafka.KafkaConnection>()
      const before = Effect.orDie(Effect.provide(old.commit(batchOf(1, "a")), context))
      slow.next({ request: "initProducer", at: "request", before })
      const young = yield* slow.open(sinkTo(name), identity(2))
      assert.deepStrictEqual(yield* young.lastCommitted, Option.some(1))
      yield* young.commit(batchOf(1, "a"))
      yield* young.commit(batchOf(2, "b"))
      assert.deepStrictEqual(yield* values(name), ["a", "b"])
    }))

  it.effect("of one of two runs without a checkpoint is refused: the later one writes", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const first = yield* sinkTo(name).open(identity(1))
      yield* first.commit(batchOf(1, "a"))
      const second = yield* sinkTo(name).open(identity(1))
      assert.deepStrictEqual(yield* reasonOf(first.commit(batchOf(2, "b"))), { _tag: "Fenced", epoch: 1, by: 1 })
      yield* second.commit(batchOf(2, "c"))
      assert.deepStrictEqual(yield* values(name), ["a", "c"])
    }))

  it.effect("is refused where the cluster has forgotten what it has, until somebody says where to begin", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      // The first start of a pipeline may begin anywhere: a window of three batches gives its first at the third.
      yield* Effect.scoped(Effect.flatMap(sinkTo(name).open(identity(1)), (writer) => writer.commit(batchOf(3, "a"))))
      yield* withAdmin((admin) => admin.deleteGroups({ groups: [`${name}/orders/out`] }))
      for (const epoch of [2, 3]) {
        const writer = yield* sinkTo(name).open(identity(epoch))
        assert.isTrue(Option.isNone(yield* writer.lastCommitted))
        const error = yield* Effect.flip(writer.commit(batchOf(4, "b")))
        assert.deepStrictEqual(error.reason, { _tag: "PositionMissing", batch: 4 })
        assert.isFalse(error.isRetryable)
      }
      const told = yield* sinkTo(name, { missingPosition: "begin" }).open(identity(4))
      yield* told.commit(batchOf(4, "b"))
      const after = yield* sinkTo(name).open(identity(5))
      yield* after.commit(batchOf(4, "b"))
      yield* after.commit(batchOf(5, "c"))
      assert.deepStrictEqual(yield* values(name), ["a", "b", "c"])
    }))

  it.effect("of a pipeline that has never come to a batch is written by a later start too", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const writer = yield* sinkTo(name).open(identity(2))
      yield* writer.commit(batchOf(1, "a"))
      assert.deepStrictEqual(yield* values(name), ["a"])
    }))
}))
