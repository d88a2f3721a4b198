/** What a server or a table cannot take, and what is said of it. */
import { assert, describe, layer } from "@effect/vitest"
import { Batch } from "@millrace/core"
import * as MySql from "@millrace/sinks/MySql"
import { Effect } from "effect"
import { clientOf, database, freshName, isMissing, url } from "./database.ts"

const name = freshName()
const commitTable = `${name}.batches`
let tables = 0

const identity = () => ({ pipeline: "refused", output: `out${tables}`, epoch: 1 })

/** Writes values to a column of this type, and reads what is there. */
const through = (type: string, values: ReadonlyArray<unknown>, read = "v") =>
  Effect.gen(function*() {
    const sql = yield* MySql.MySqlClient
    const table = `${name}.t${++tables}`
    yield* sql`create table ${sql(table)} (place integer auto_increment primary key, v ${sql.literal(type)}) character set utf8mb4`
    const writer = yield* MySql.insert({ table, commitTable, row: (v: unknown) => ({ v }) }).open(identity())
    yield* writer.commit(Batch.make(1, 1000, values))
    const found = yield* sql<{ readonly v: unknown }>`select ${sql.literal(read)} as v from ${sql(table)} order by place`
    return found.map(({ v }) => Buffer.isBuffer(v) ? v.toString("hex") : v)
  })

const noon = new Date("2024-03-31T12:00:00.678Z")

const taken: ReadonlyArray<readonly [type: string, values: ReadonlyArray<unknown>, found: ReadonlyArray<unknown>, read?: string]> = [
  ["bigint", [9007199254740993n, -9223372036854775808n, 5, "7", true, null, undefined], ["9007199254740993", "-9223372036854775808", "5", "7", "1", null, null]],
  ["bigint unsigned", [18446744073709551615n], ["18446744073709551615"]],
  ["decimal(30,10)", ["12345678901234567890.0123456789", 0.5, 10n], ["12345678901234567890.0123456789", "0.5000000000", "10.0000000000"]],
  ["double", [0.1, 1e300, 5e-324, 123456789012345680000, -0.30000000000000004], [0.1, 1e300, 5e-324, 123456789012345680000, -0.30000000000000004]],
  ["boolean", [true, false], [1, 0]],
  ["text", ["", "it's", "back\\slash' or 1=1; --", "a\0b", "é日本💧", "\\"], ["", "it's", "back\\slash' or 1=1; --", "a\0b", "é日本💧", "\\"]],
  ["varbinary(10)", [new Uint8Array([0, 39, 92, 255]), new Uint8Array()], ["00275cff", ""]],
  ["datetime(3)", [noon], ["2024-03-31 12:00:00.678"], "cast(v as char)"],
  ["datetime", [noon], ["2024-03-31 12:00:00"], "cast(v as char)"],
  ["timestamp(6)", [noon, "2024-01-01 00:00:00.000001"], ["2024-03-31 12:00:00.678000", "2024-01-01 00:00:00.000001"], "cast(v as char)"],
  ["varchar(30)", [noon], ["2024-03-31 12:00:00.678"]],
  ["date", [noon], ["2024-03-31"], "cast(v as char)"],
  ["json", [{ a: "it's \"b\"" }, "text", 1, [null]], ["{\"a\":\"it's \\\"b\\\"\"}", "\"text\"", "1", "[null]"], "cast(v as char)"],
  ["enum('a','b')", ["a"], ["a"]],
  ["bit(3)", [5], ["05"]]
]

const refused: ReadonlyArray<readonly [title: string, type: string, value: unknown, reason: string]> = [
  ["text that is too long", "varchar(3)", "canary", "Rejected"],
  ["a number out of range", "tinyint", 300, "Rejected"],
  ["a fraction for an integer", "integer", 1.5, "Unencodable"],
  ["a fraction for an integer, as text", "integer", "1.5", "Unencodable"],
  ["text for an integer", "integer", "canary", "Unencodable"],
  ["no number", "double", Number.NaN, "Unencodable"],
  ["an infinite number", "double", Infinity, "Unencodable"],
  ["an invalid date", "datetime", new Date(Number.NaN), "Unencodable"],
  ["a date that no column holds", "datetime", new Date(8.64e15), "Unencodable"],
  ["a date that does not exist", "date", "2024-02-31", "Rejected"],
  ["text that is not Unicode", "text", "\ud800", "Unencodable"],
  ["a circle", "json", (() => {
    const circle: Record<string, unknown> = {}
    circle["self"] = circle
    return circle
  })(), "Unencodable"],
  ["a function", "text", () => 1, "Unencodable"],
  ["a value that an enumeration has not", "enum('a','b')", "canary", "Rejected"],
  ["null where it may not be", "integer not null", null, "Rejected"]
]

describe.skipIf(isMissing)("MySQL", () => layer(database(name), { timeout: "60 seconds", excludeTestServices: true })("values", (it) => {
  for (const [type, values, found, read] of taken) {
    it.effect(`come back from ${type} as they were`, () =>
      Effect.map(through(type, values, read), (there) => assert.deepStrictEqual(there, found)))
  }

  for (const [title, type, value, reason] of refused) {
    it.effect(`${title} is refused for good, and not told`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(through(type, [value]))
        assert(error instanceof MySql.MySqlError)
        assert.strictEqual(error.reason._tag, reason)
        assert.isFalse(error.isRetryable)
        assert.notInclude(`${error.message} ${JSON.stringify(error.reason)}`, "canary")
      }))
  }

  it.effect("larger than max_allowed_packet are refused for good, and many large ones are parted", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const [server] = yield* sql<{ readonly bytes: string }>`select @@max_allowed_packet as bytes`
      const error = yield* Effect.flip(through("longtext", ["x".repeat(Number(server?.bytes))]))
      assert(error instanceof MySql.MySqlError)
      assert.strictEqual(error.reason._tag, "TooLarge")
      assert.isFalse(error.isRetryable)
      const large = "é\\".repeat(300_000)
      assert.deepStrictEqual(yield* through("longtext", Array.from({ length: 12 }, () => large), "char_length(v)"), Array.from({ length: 12 }, () => 600_000))
    }))

  it.effect("of tables without transactions, tables that are not there, columns and names that are none", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      yield* sql`create table ${sql(`${name}.isam`)} (v integer) engine = MyISAM`
      yield* sql`create view ${sql(`${name}.seen`)} as select 1 as v`
      yield* sql`create table ${sql(`${name}.good`)} (v integer)`
      yield* sql`create table ${sql(`${name}.isam_batches`)} (pipeline varbinary(255), output varbinary(255), epoch bigint, batch bigint) engine = MyISAM`
      const reasonOf = (table: string, batches = commitTable) => {
        tables++
        return Effect.map(
          Effect.flip(Effect.scoped(MySql.insert({ table, commitTable: batches, row: (v: number) => ({ v }) }).open(identity()))),
          ({ reason }) => reason
        )
      }
      assert.deepStrictEqual(yield* reasonOf(`${name}.isam`), { _tag: "NotTransactional", table: `${name}.isam`, engine: "MyISAM" })
      assert.strictEqual((yield* reasonOf(`${name}.seen`))._tag, "NotTransactional")
      assert.strictEqual((yield* reasonOf(`${name}.good`, `${name}.isam_batches`))._tag, "NotTransactional")
      assert.deepStrictEqual(yield* reasonOf(`${name}.nowhere`), { _tag: "Rejected", code: "ER_NO_SUCH_TABLE", constraint: undefined })
      for (const bad of ["", "a.b.c", "x`; drop table y; --", "a\0b", "x".repeat(65)]) {
        assert.strictEqual((yield* reasonOf(bad))._tag, "BadOptions")
      }
      tables++
      const writer = yield* MySql.insert({ table: `${name}.good`, commitTable, row: (v: number) => ({ other: v }) }).open(identity())
      const error = yield* Effect.flip(writer.commit(Batch.make(1, 1000, [1])))
      assert.deepStrictEqual(error.reason, { _tag: "Rejected", code: "ER_BAD_FIELD_ERROR", constraint: undefined })
    }))

  it.effect("a user that is not there may not, and no try makes it so; the password is nowhere", () =>
    Effect.gen(function*() {
      const far = new URL(url)
      far.username = "nobody_of_that_name"
      far.password = "canary-9"
      const sink = MySql.insert({ table: `${name}.good`, commitTable, row: (v: number) => ({ v }) })
      const error = yield* Effect.flip(Effect.scoped(Effect.provide(sink.open(identity()), clientOf(far.href))))
      assert.deepStrictEqual(error.reason, { _tag: "NotAllowed", code: "ER_ACCESS_DENIED_ERROR" })
      assert.isFalse(error.isRetryable)
      assert.notInclude(`${error.message} ${JSON.stringify(error)} ${error.stack ?? ""}`, "canary-9")
      const gone = yield* Effect.flip(Effect.scoped(Effect.provide(sink.open(identity()), clientOf("mysql://root@127.0.0.1:1/test"))))
      assert.deepStrictEqual(gone.reason, { _tag: "ConnectionLost", server: "127.0.0.1:1 (ECONNREFUSED)" })
      assert.isTrue(gone.isRetryable)
    }))
}))
