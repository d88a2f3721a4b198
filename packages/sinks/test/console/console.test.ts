import { assert, describe, it } from "@effect/vitest"
import { Batch, type BatchSink } from "@millrace/core"
import * as Sink from "@millrace/sinks/Console"
import { Console, Effect, Option, Schema } from "effect"

/** What a sink says to the console about these batches, call by call. */
const said = <A, E>(sink: BatchSink.BatchSink<A, E>, batches: ReadonlyArray<Batch.Batch<A>>) =>
  Effect.gen(function*() {
    const calls: Array<ReadonlyArray<unknown>> = []
    const console: Console.Console = { ...globalThis.console, log: (...args) => calls.push(args) }
    const writer = yield* sink.open({ pipeline: "p", output: "o", epoch: 1 })
    assert.deepStrictEqual(yield* writer.lastCommitted, Option.none())
    for (const batch of batches) yield* Effect.provideService(writer.commit(batch), Console.Console, console)
    return calls
  }).pipe(Effect.scoped)

const rule = "-------------------------------------------"

describe("print", () => {
  it.effect("prints Spark's layout, one call for each batch", () =>
    Effect.gen(function*() {
      const items = Array.from({ length: 11 }, (_, i) => `line ${i}`)
      const calls = yield* said(Sink.print(), [Batch.make(1, 1000, items.slice(0, 10)), Batch.make(2, 2000, items), Batch.make(3, 3000, [])])
      const ten = items.slice(0, 10).join("\n")
      assert.strictEqual(rule.length, 43)
      assert.deepStrictEqual(calls, [
        [`${rule}\nTime: 1000 ms\n${rule}\n${ten}\n`],
        [`${rule}\nTime: 2000 ms\n${rule}\n${ten}\n...\n`],
        [`${rule}\nTime: 3000 ms\n${rule}\n`]
      ])
    }))

  it.effect("shows as many items as it is told to", () =>
    Effect.gen(function*() {
      const batch = Batch.make(1, 1000, ["a", "b", "c"])
      const shown = (limit: number) => Effect.map(said(Sink.print({ limit }), [batch]), ([call]) => String(call?.[0]).split("\n").slice(3))
      assert.deepStrictEqual(yield* shown(2), ["a", "b", "...", ""])
      assert.deepStrictEqual(yield* shown(3), ["a", "b", "c", ""])
      assert.deepStrictEqual(yield* shown(Infinity), ["a", "b", "c", ""])
      for (const none of [0, -1, NaN]) assert.deepStrictEqual(yield* shown(none), ["...", ""])
    }))

  it.effect("prints items as Spark prints them", () =>
    Effect.gen(function*() {
      const circle: Record<string, unknown> = {}
      circle["self"] = circle
      const items = [
        "as it is",
        ["word", 3],
        ["k", [1, Option.some("x")]],
        Option.none(),
        [1, 2, 3],
        { a: 1, b: "c" },
        4.5,
        10n,
        true,
        null,
        undefined,
        circle
      ]
      const [call] = yield* said(Sink.print({ limit: 20 }), [Batch.make(1, 0, items)])
      assert.deepStrictEqual(String(call?.[0]).split("\n").slice(3, -1), [
        "as it is",
        "(word,3)",
        "(k,(1,Some(x)))",
        "None",
        "[1,2,3]",
        "{\"a\":1,\"b\":\"c\"}",
        "4.5",
        "10n",
        "true",
        "null",
        "undefined",
        "{}"
      ])
    }))
})

describe("jsonLines", () => {
  it.effect("writes one line for each batch", () =>
    Effect.gen(function*() {
      const calls = yield* said(Sink.jsonLines(), [Batch.make(1, 1000, ["a\nb", { n: 1 }, undefined]), Batch.make(2, 2000, [])])
      assert.deepStrictEqual(calls, [
        ["{\"id\":1,\"time\":1000,\"items\":[\"a\\nb\",{\"n\":1},null]}"],
        ["{\"id\":2,\"time\":2000,\"items\":[]}"]
      ])
    }))

  const Reading = Schema.Struct({ at: Schema.Date, total: Schema.BigInt })

  it.effect("encodes by a schema, and its lines decode again", () =>
    Effect.gen(function*() {
      const item = { at: new Date(5), total: 12n }
      const [call] = yield* said(Sink.jsonLines({ schema: Reading }), [Batch.make(1, 1000, [item])])
      const Line = Schema.fromJsonString(Schema.Struct({ id: Schema.Int, items: Schema.Array(Schema.toCodecJson(Reading)) }))
      assert.deepStrictEqual(Schema.decodeUnknownSync(Line)(call?.[0]), { id: 1, items: [item] })
    }))

  it.effect("fails typed for what cannot be encoded, and does not say what it was", () =>
    Effect.gen(function*() {
      const secret = Schema.String.check(Schema.isMaxLength(3))
      const error = yield* Effect.flip(said(Sink.jsonLines({ schema: secret }), [Batch.make(7, 0, ["abc", "hunter2"])]))
      assert(error instanceof Sink.ConsoleError)
      assert.deepStrictEqual([error.batchId, error.item, error.isRetryable], [7, 1, false])
      assert.strictEqual(error.message, "Item 1 of batch 7 cannot be written as JSON")
      assert(((yield* Effect.flip(said(Sink.jsonLines(), [Batch.make(1, 0, [1n])])))) instanceof Sink.ConsoleError)
    }))
})
