import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { kafka, postgres } from "@millrace/tool-services"
import { Admin, Producer } from "@platformatic/kafka"
import { Effect, Redacted, Result, Schedule } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fixed } from "../kafka-transactions/lines.ts"
import { parse, print } from "../kafka-transactions/Transaction.ts"
import { run, start } from "./program.ts"

const broker = await kafka()
const database = await postgres()
const brokers = broker?.url ?? ""

/** A name that no other run has; its topic is gone afterwards. */
const topic = Effect.acquireRelease(
  Effect.sync(() => `millrace-example-${randomUUID().slice(0, 13)}`),
  (name) =>
    Effect.ignore(Effect.tryPromise(async () => {
      const admin = new Admin({ clientId: "test", bootstrapBrokers: [brokers] })
      await admin.deleteTopics({ topics: [name] }).finally(() => admin.close())
    }))
)

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((left, right) => left + right, 0)

describe.skipIf(broker === undefined)("kafka-word-count.ts", () => {
  it.live("counts every word that its producer sends", () =>
    Effect.gen(function*() {
      const name = yield* topic
      const where = ["--bootstrap-servers", brokers, "--topic", name]
      const sent = yield* run("kafka-word-count/producer.ts", [
        ...where, "--messages", "40", "--messages-per-second", "500", "--words-per-message", "3"
      ])
      assert.strictEqual(sent.code, 0, sent.stderr)
      // A partition is read in order: what is behind all messages is counted last.
      yield* Effect.promise(async () => {
        const producer = new Producer({ clientId: "test", bootstrapBrokers: [brokers] })
        const messages = [0, 1].map((partition) => ({ topic: name, partition, value: Buffer.from(`last${partition}`) }))
        await producer.send({ messages })
        await producer.close()
      })
      const program = yield* start("kafka-word-count.ts", where)
      yield* program.says("(last0,1)")
      yield* program.says("(last1,1)")
      yield* program.signal("SIGINT")
      const { code, stderr, stdout } = yield* program.ended
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(sum([...stdout.matchAll(/^\(\w+,(\d+)\)$/gm)].map(([, n]) => Number(n))), 40 * 3 + 2)
    }), 60_000)

  it.live("says in a line what is wrong with its options", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* run("kafka-word-count/producer.ts", ["--messages", "none"])
      assert.strictEqual(code, 1)
      assert.match(stderr, /messages.*All options: --help/)
    }))
})

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-transactions-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const schema = Effect.acquireRelease(
  Effect.sync(() => `millrace_example_${randomUUID().replaceAll("-", "").slice(0, 12)}`),
  (name) => SqlClient.use((sql) => Effect.orDie(sql`drop schema if exists ${sql(name)} cascade`))
)

/** What the tables should hold. */
const expected = () => {
  const totals = new Map<string, { readonly cents: number; readonly transactions: number }>()
  const causes = new Map<string, number>()
  for (const line of fixed) {
    const result = parse(line)
    if (Result.isFailure(result)) {
      causes.set(result.failure, (causes.get(result.failure) ?? 0) + 1)
      continue
    }
    const { account, cents } = result.success
    const before = totals.get(account) ?? { cents: 0, transactions: 0 }
    totals.set(account, { cents: before.cents + cents, transactions: before.transactions + 1 })
  }
  return { totals: [...totals].toSorted(), causes: [...causes].toSorted() }
}

describe("a transaction", () => {
  it("is printed as it was parsed, and ten of the hundred lines are none", () => {
    const results = fixed.map(parse)
    assert.strictEqual(results.filter(Result.isFailure).length, 10)
    fixed.forEach((line, index) => {
      const result = results[index]
      if (result !== undefined && Result.isSuccess(result)) assert.strictEqual(print(result.success), line)
    })
  })
})

describe.skipIf(broker === undefined || database === undefined)("kafka-transactions.ts", () => {
  it.live("has each transaction once and every total right, though it is killed", () =>
    Effect.gen(function*() {
      const name = yield* topic
      const tables = yield* schema
      const checkpoint = yield* directory
      const where = ["--bootstrap-servers", brokers, "--topic", name]
      const args = [...where, "--database", database?.url ?? "", "--schema", tables, "--checkpoint", join(checkpoint, "c")]
      const sql = yield* SqlClient
      const rows = Effect.map(
        sql<{ readonly n: number }>`select (select count(*) from ${sql(`${tables}.transactions`)})::integer
          + (select count(*) from ${sql(`${tables}.unparsable`)})::integer as n`,
        ([row]) => row?.n ?? 0
      ).pipe(Effect.orElseSucceed(() => 0))
      const reaches = (count: number) =>
        Effect.repeat(rows, { until: (found) => found >= count, schedule: Schedule.spaced("50 millis") })
      const send = Effect.map(run("kafka-transactions/producer.ts", where), ({ code, stderr }) => assert.strictEqual(code, 0, stderr))

      yield* send
      yield* Effect.scoped(Effect.gen(function*() {
        const program = yield* start("kafka-transactions.ts", args)
        yield* reaches(1)
        yield* program.signal("SIGKILL")
        yield* program.ended
      }))
      // The same hundred again, while nobody reads.
      yield* send
      const program = yield* start("kafka-transactions.ts", args)
      yield* reaches(200)
      yield* program.signal("SIGTERM")
      const { code, stderr } = yield* program.ended
      assert.strictEqual(code, 0, stderr)

      const twice = expected()
      const totals = yield* sql<{ readonly account: string; readonly cents: number; readonly transactions: number }>`
        select account, (amount * 100)::integer as cents, transactions::integer as transactions from ${sql(`${tables}.totals`)}`
      assert.deepStrictEqual(
        totals.map(({ account, cents, transactions }) => [account, { cents, transactions }]).toSorted(),
        twice.totals.map(([account, { cents, transactions }]) => [account, { cents: 2 * cents, transactions: 2 * transactions }])
      )
      const causes = yield* sql<{ readonly cause: string; readonly n: number }>`
        select cause, count(*)::integer as n from ${sql(`${tables}.unparsable`)} group by cause`
      assert.deepStrictEqual(
        causes.map(({ cause, n }) => [cause, n]).toSorted(),
        twice.causes.map(([cause, n]) => [cause, 2 * n])
      )
      assert.strictEqual(yield* rows, 200)
    }).pipe(Effect.scoped, Effect.provide(PgClient.layer({ url: Redacted.make(database?.url ?? "") }))), 90_000)
})
