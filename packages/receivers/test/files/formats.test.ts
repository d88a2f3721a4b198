import { assert, describe, it } from "@effect/vitest"
import * as Files from "@millrace/receivers/Files"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { readUntil, reread } from "./reading.ts"
import { temporaryDirectory, write } from "./support.ts"

const sizes = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 24 })))

/** Reads files of a format in blocks, resumes after each, and reads every range again: all as the oracle has it. */
const checked = <Chunk, A>(format: Files.Format<Chunk, A>, files: Readonly<Record<string, string | Uint8Array>>, blockBytes: number, expected: ReadonlyArray<A>) =>
  Effect.gen(function*() {
    const path = yield* temporaryDirectory
    write(path, files)
    const receiver = Files.read({ name: "files", path, blockBytes, format })
    const { error, records, taken } = yield* readUntil(receiver)
    assert.isUndefined(error)
    assert.deepStrictEqual(records, expected)
    for (const [index, { position }] of taken.entries()) {
      const before = taken.slice(0, index + 1).flatMap(({ records }) => records)
      assert.deepStrictEqual((yield* readUntil(receiver, Infinity, position)).records, expected.slice(before.length))
      assert.deepStrictEqual(yield* reread(receiver, undefined, position), before)
      const from = Math.floor(index / 2)
      assert.deepStrictEqual(
        yield* reread(receiver, taken[from]?.position, position),
        taken.slice(from + 1, index + 1).flatMap(({ records }) => records)
      )
    }
  })

const readOne = <Chunk, A>(format: Files.Format<Chunk, A>, content: string | Uint8Array, resumeAfter?: unknown) =>
  Effect.gen(function*() {
    const path = join(yield* temporaryDirectory, "file")
    writeFileSync(path, content)
    return yield* readUntil(Files.read({ name: "files", path, format }), Infinity, resumeAfter)
  })

describe("Files.jsonLines", () => {
  const Order = Schema.Struct({ article: Schema.String, pieces: Schema.Int })

  it.live.prop("gives the values of any lines, at any size of block", [
    Arbitrary.array(Arbitrary.schema(Schema.Struct({ article: Schema.String, pieces: Schema.Int })), { maxLength: 12 }),
    sizes
  ], ([orders, blockBytes]) =>
    checked(
      Files.jsonLines(Order),
      {
        a: `\ufeff${orders.map((order) => `${JSON.stringify(order)}\r\n`).join("\n")}`,
        b: orders.map((order) => JSON.stringify(order)).join("\n")
      },
      blockBytes,
      // JSON has no -0.
      JSON.parse(JSON.stringify([...orders, ...orders]))
    ), { arbitrary: { runs: 40 } })

  it.live("what is no JSON, is refused by the schema or is not UTF-8 ends the reading before it, or is passed over", () =>
    Effect.gen(function*() {
      const good = "{\"article\":\"tea\",\"pieces\":1}\n"
      const bad: ReadonlyArray<readonly [string | Uint8Array, string]> = [
        ["{\"article\":\"hunter2\",", "json"],
        ["{\"article\":\"hunter2\",\"pieces\":1.5}", "schema"],
        ["[".repeat(100_000), "json"],
        [Buffer.from("{\"article\":\"hunter2\xff\",\"pieces\":1}", "latin1"), "utf8"]
      ]
      for (const [line, problem] of bad) {
        const content = Buffer.concat([Buffer.from(good), Buffer.from("\n"), Buffer.from(line), Buffer.from(`\n${good}`)])
        const { error, position, records } = yield* readOne(Files.jsonLines(Order), content)
        assert.deepStrictEqual(records, [{ article: "tea", pieces: 1 }])
        const reason = error?.reason
        assert.isTrue(reason?._tag === "InvalidRecord" && reason.problem === problem && reason.record === 3, problem)
        assert.strictEqual(reason?._tag === "InvalidRecord" && reason.offset, good.length + 1)
        assert.notInclude(String(error), "hunter2")
        assert.isFalse(error?.isRetryable)
        // A later run that passes such lines over goes on right there.
        const path = join(yield* temporaryDirectory, "file")
        writeFileSync(path, content)
        const skipping = Files.read({ name: "files", path, format: Files.jsonLines(Order, { onInvalid: "skip" }) })
        assert.strictEqual((yield* readUntil(skipping)).records.length, 2)
        assert.isDefined(position)
      }
    }))

  it.live("a value that is too long ends the reading, whether it has an end or not", () =>
    Effect.gen(function*() {
      for (const content of [`1\n"${"x".repeat(5_000)}"\n2\n`, `1\n"${"x".repeat(5_000)}`]) {
        const { error, records } = yield* readOne(Files.jsonLines(Schema.Unknown, { maxRecordLength: 1_000 }), content)
        assert.deepStrictEqual(records, [1])
        assert.deepStrictEqual(error?.reason, new Files.RecordTooLong({ record: 2, offset: 2, limit: 1_000 }))
      }
    }))

  it.live("keys that are names of Object's own do no harm", () =>
    Effect.gen(function*() {
      const format = Files.jsonLines(Schema.Record(Schema.String, Schema.Unknown))
      yield* readOne(format, "{\"__proto__\":{\"polluted\":1},\"constructor\":{\"prototype\":{\"polluted\":1}}}\n")
      assert.notProperty({}, "polluted")
    }))
})

describe("Files.csv", () => {
  const Row = Schema.Struct({ a: Schema.String, "b c": Schema.String })
  const field = Arbitrary.map(
    Arbitrary.array(Arbitrary.schema(Schema.Literals(["x", "é", "\n", "\r\n", "\"", ",", " ", "€uro", "a,\n\"b\""])), { maxLength: 4 }),
    (parts) => parts.join("")
  )
  const quoted = (text: string) => `"${text.replaceAll("\"", "\"\"")}"`

  it.live.prop("gives the fields of any rows, quoted newlines and all, at any size of block", [
    Arbitrary.array(Arbitrary.all([field, field]), { maxLength: 8 }),
    sizes
  ], ([rows, blockBytes]) =>
    checked(
      Files.csv({ schema: Row }),
      Object.fromEntries(["one", "two"].map((name) => [
        name,
        `\ufeffa,"b c"\r\n${rows.map((row) => row.map(quoted).join(",")).join("\r\n\n")}${name === "one" ? "\n" : ""}`
      ])),
      blockBytes,
      [...rows, ...rows].map(([a, b]) => ({ a, "b c": b }))
    ), { arbitrary: { runs: 25 } })

  it.live("quoted newlines are cut right at every size of block", () =>
    Effect.gen(function*() {
      const content = "a,\"b c\"\n1,\"two\nlines\"\n\"\"\"q\"\"\",\"\r\n\"\n\"x\",y\n"
      const expected = [{ a: "1", "b c": "two\nlines" }, { a: "\"q\"", "b c": "\r\n" }, { a: "x", "b c": "y" }]
      for (let size = 1; size <= content.length; size++) yield* checked(Files.csv({ schema: Row }), { a: content }, size, expected)
    }))

  it.live("reads other delimiters and quotes, no header or one that is told, and decodes by the schema", () =>
    Effect.gen(function*() {
      const Numbers = Schema.Tuple([Schema.NumberFromString, Schema.String])
      const plain = Files.csv({ schema: Numbers, header: false, delimiter: ";", quote: "'" })
      assert.deepStrictEqual((yield* readOne(plain, "1;'a;''b'\n2;c\n")).records, [[1, "a;'b"], [2, "c"]])
      const named = Files.csv({ schema: Row, header: ["b c", "a"] })
      assert.deepStrictEqual((yield* readOne(named, "1,2\n")).records, [{ a: "2", "b c": "1" }])
    }))

  it.live("the time that it takes grows with the rows, and not with their square, however large a block is", () =>
    Effect.gen(function*() {
      const path = join(yield* temporaryDirectory, "file")
      writeFileSync(path, `a,b c\n${"some text,of a usual length\n".repeat(150_000)}`)
      // A search for a quote from every row to the end of the block would look at 300 GB.
      const receiver = Files.read({ name: "files", path, blockBytes: 16 * 1024 * 1024, format: Files.csv({ schema: Row }) })
      assert.strictEqual((yield* readUntil(receiver)).records.length, 150_000)
    }))

  it.live("says which record is wrong and how, or passes it over", () =>
    Effect.gen(function*() {
      const Counted = Schema.Struct({ a: Schema.NumberFromString.check(Schema.isFinite()), b: Schema.String })
      const bad: ReadonlyArray<readonly [string, string]> = [
        ["3,\"hunter2\"x\n", "csv"],
        ["3\n", "columns"],
        ["3,4,5\n", "columns"],
        ["hunter2,4\n", "schema"]
      ]
      for (const [row, problem] of bad) {
        const content = `a,b\n1,"2\n2"\n${row}5,6\n`
        const { error, records } = yield* readOne(Files.csv({ schema: Counted }), content)
        assert.deepStrictEqual(records, [{ a: 1, b: "2\n2" }])
        const reason = error?.reason
        assert.isTrue(reason?._tag === "InvalidRecord" && reason.problem === problem && reason.offset === 12, problem)
        assert.notInclude(String(error), "hunter2")
        const skipping = yield* readOne(Files.csv({ schema: Counted, onInvalid: "skip" }), content)
        assert.deepStrictEqual(skipping.records, [{ a: 1, b: "2\n2" }, { a: 5, b: "6" }])
      }
      const twice = yield* readOne(Files.csv({ schema: Counted }), "a,a\n1,2\n")
      assert.isTrue(twice.error?.reason._tag === "InvalidRecord" && twice.error.reason.problem === "header")
      const open = yield* readOne(Files.csv({ schema: Counted, maxRecordLength: 50 }), `a,b\n1,2\n3,"4\n${"5,6\n".repeat(50)}`)
      assert.deepStrictEqual([open.records.length, open.error?.reason._tag], [1, "RecordTooLong"])
    }))
})

describe("Files.fixedLength, wholeBytes and wholeText", () => {
  const bytes = Arbitrary.map(Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))), { maxLength: 60 }), (all) => Uint8Array.from(all))

  it.live.prop("records of one length are given as they are", [bytes, sizes, sizes], ([all, length, blockBytes]) => {
    const content = all.subarray(0, Math.floor(all.length / length) * length)
    const expected = Array.from({ length: content.length / length }, (_, index) => content.slice(index * length, (index + 1) * length))
    return checked(Files.fixedLength({ length }), { a: content }, blockBytes, expected)
  }, { arbitrary: { runs: 40 } })

  it.live("a file that ends within a record is told", () =>
    Effect.gen(function*() {
      const { error, records } = yield* readOne(Files.fixedLength({ length: 4 }), "12345678xy")
      assert.strictEqual(records.length, 2)
      assert.deepStrictEqual(error?.reason, new Files.InvalidRecord({ record: 3, offset: 8, problem: "cut off" }))
    }))

  it.live.prop("whole files are given once, with their names, empty ones too", [bytes, sizes], ([content, blockBytes]) =>
    Effect.andThen(
      checked(Files.wholeBytes(), { a: content, b: "", c: content }, blockBytes, [
        { file: "a", content: Buffer.from(content) },
        { file: "b", content: Buffer.from("") },
        { file: "c", content: Buffer.from(content) }
      ]),
      checked(Files.wholeText(), { a: "", b: "é\n", c: "x" }, blockBytes, [
        { file: "a", content: "" },
        { file: "b", content: "é\n" },
        { file: "c", content: "x" }
      ])
    ), { arbitrary: { runs: 20 } })

  it.live("one that is too large, or no UTF-8, is refused; a file that grows is not read whole", () =>
    Effect.gen(function*() {
      const large = yield* readOne(Files.wholeBytes({ maxBytes: 10 }), "x".repeat(11))
      assert.deepStrictEqual(large.error?.reason, new Files.RecordTooLong({ record: 1, offset: 0, limit: 10 }))
      const text = yield* readOne(Files.wholeText(), Uint8Array.of(0xff))
      assert.strictEqual(text.error?.reason._tag, "InvalidRecord")
      const { error } = yield* readUntil(Files.tail({ name: "tail", path: "x", format: Files.wholeText() }))
      assert.strictEqual(error?.reason._tag, "InvalidOption")
    }))

  it.live("options of formats that cannot be used are refused before anything is opened", () =>
    Effect.gen(function*() {
      const schema = Schema.Unknown
      const formats = [
        Files.fixedLength({ length: 0 }),
        Files.wholeText({ maxBytes: -1 }),
        Files.csv({ schema, delimiter: "\n" }),
        Files.csv({ schema, quote: "''" }),
        Files.csv({ schema, header: ["a", "a"] }),
        Files.jsonLines(schema, { maxRecordLength: 0 })
      ] as ReadonlyArray<Files.Format<unknown, unknown>>
      for (const format of formats) {
        const { error } = yield* readUntil(Files.read({ name: "files", path: "missing", format }))
        assert.strictEqual(error?.reason._tag, "InvalidOption")
      }
    }))
})
