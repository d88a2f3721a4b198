import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Duration, Effect, Schema } from "effect"
import { main } from "../main/command.ts"
import * as Report from "../main/Report.ts"
import * as Table from "../main/table.ts"
import { tallyOf, wordsOf } from "../main/words.ts"
import { run, serve, start } from "./program.ts"

const batchLine = /^ +\d+ \d\d:\d\d:\d\d +[\d,]+ +[\d,]+ +[\d,]+ +[\d,.]+ ms +[\d,.]+ ms +[\d,.]+ ms/

describe("npm start", () => {
  it.live("prints as many batches as asked for, of real text, and exits 0", () =>
    Effect.gen(function*() {
      const args = ["--batches", "3", "--interval", "300ms", "--rate", "5000"]
      const { code, stderr, stdout } = yield* run("main.ts", args)
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 0)
      const lines = stdout.trimEnd().split("\n")
      assert.lengthOf(lines.filter((line) => batchLine.test(line)), 3)
      assert.match(lines.at(-1) ?? "", /^3 batches, [\d,]+ lines, [\d,]+ words$/)
      assert.include(stdout, "effect ")
    }))

  it.live("reads a socket of somebody else, and drains at SIGINT", () =>
    Effect.gen(function*() {
      const port = yield* serve((socket) => socket.write("one two\ntwo\n"))
      const program = yield* start("main.ts", ["--port", String(port), "--interval", "200ms"])
      yield* program.says("two 2  one 1")
      yield* program.signal("SIGINT")
      const { code, stderr, stdout } = yield* program.ended
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 0)
      assert.match(stdout, / batch(es)?, 2 lines, 3 words\n$/)
    }))

  it.live("says each failed try at a port where nobody listens, and exits 1", () =>
    Effect.gen(function*() {
      const port = yield* Effect.scoped(serve(() => {}))
      const { code, stderr } = yield* run("main.ts", ["--port", String(port)])
      assert.strictEqual(code, 1)
      const lines = stderr.trimEnd().split("\n")
      assert.deepStrictEqual(lines.map((line) => line.slice(0, 9)), [
        ...[1, 2, 3, 4, 5].map((failure) => `Failure ${failure}`),
        "Pipeline "
      ])
      assert.include(lines.at(-1), "after 5 tries")
      assert.include(lines.at(-1), "nobody listens there")
    }), 30_000)

  it.live("says that a port to listen at is in use, once, and exits 1", () =>
    Effect.gen(function*() {
      const port = yield* serve(() => {})
      const { code, stderr } = yield* run("main.ts", ["--listen", String(port)])
      assert.strictEqual(code, 1)
      assert.match(stderr, /^[^\n]*the address is in use[^\n]*\n$/)
    }))

  it.live("refuses a bad option on one line and exits 1", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* run("main.ts", ["--batches", "0"])
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      assert.match(stderr, /^[^\n]+"0". Expected: 1 or more. All options: npm start -- --help\n$/)
    }))

  const refused = [
    { args: ["--interval", "banana"], said: `Invalid value for flag --interval: "banana"` },
    { args: ["--interval", "0.2ms"], said: "of a millisecond or more" },
    { args: ["--rate", "-1"], said: "lines per second, from 0.01" },
    { args: ["--port", "70000"], said: "a port from 1 to 65535" },
    { args: ["--host", "localhost"], said: "--host needs --port" },
    { args: ["--port", "1", "--listen", "2"], said: "give one of them" },
    { args: ["--port", "1", "--rate", "5"], said: "--rate is for the feeder" },
    { args: ["--batches"], said: "Missing value for flag --batches" },
    { args: ["--nope"], said: "--nope" },
    { args: ["stray"], said: "stray" }
  ]

  for (const { args, said } of refused) {
    it.live(`refuses ${args.join(" ")}`, () =>
      Effect.gen(function*() {
        const { message } = yield* Effect.flip(main(args))
        assert.include(message, said)
        assert.notInclude(message, "\n")
      }))
  }

  it.live("ends without a word when nobody reads its output any more", () =>
    Effect.gen(function*() {
      const program = yield* start("main.ts", ["--interval", "100ms"])
      yield* program.says("    1 ")
      yield* program.closeOutput
      const { code, stderr } = yield* program.ended
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 0)
    }))
})

describe("the table", () => {
  const row = (id: number): Report.Row => ({
    id,
    time: id * 1000,
    lines: 12_345,
    missedBoundaries: 0,
    tally: tallyOf([["effect", 3], ["stream", 1]]),
    schedulingDelay: 0.12,
    processingDelay: 1234.5,
    totalDelay: 1234.62
  })
  const size = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum })))

  it.prop("fits any terminal", [size(200), size(60), size(100)], ([columns, rows, batches]) => {
    const report = Array.from({ length: batches }, (_, index) => row(index + 1)).reduce(Report.add, Report.empty)
    const lines = Table.frame(report, ["Word count", "Lines from here"], Duration.seconds(1), { columns, rows })
    assert.isAtMost(lines.length, rows)
    assert.isAtMost(Math.max(...lines.map((line) => line.length)), columns)
  })

  it("is 79 columns wide, whatever the numbers up to a million words a second", () => {
    assert.lengthOf(Table.header, 79)
    assert.strictEqual(
      Table.line(row(1), Duration.millis(500)),
      "    1 00:00:01    12,345          4          8     0.1 ms 1,234.5 ms 1,234.6 ms"
    )
  })

  it("counts words without regard to case or punctuation", () => {
    assert.deepStrictEqual(wordsOf("Effect, `effect` — naïve 4.1"), ["effect", "effect", "naïve", "4", "1"])
  })
})
