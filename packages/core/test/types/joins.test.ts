/** What joins, tables and slices come to without an annotation, and what they refuse. */
import { describe, expectTypeOf, it } from "@effect/vitest"
import { type Batch, DStream, type Key, type Pipeline, Table } from "@millrace/core"
import { Context, Data, Effect, type Option, Schedule, Stream } from "effect"

class TcpError extends Data.TaggedError("TcpError")<{ readonly port: number }> {}
class DownError extends Data.TaggedError("DownError")<{}> {}
class Tcp extends Context.Service<Tcp, { readonly lines: Stream.Stream<string, TcpError> }>()("test/Tcp") {}
class Prices extends Context.Service<Prices, { readonly all: Effect.Effect<Map<string, number>, DownError> }>()(
  "test/Prices"
) {}

const lines = DStream.fromStream({ name: "lines" }, Stream.unwrap(Effect.map(Tcp, (tcp) => tcp.lines)))
const words = DStream.fromIterable({ name: "words" }, ["to", "be"]).pipe(DStream.map((word) => [word, word.length]))
const dates = DStream.map(lines, (line) => [line, new Date(0)])
const prices = Table.load({ name: "prices", load: Effect.flatMap(Prices, ({ all }) => all), refresh: Schedule.spaced(1) })

describe("joins", () => {
  it("hold both values, and fail and need as both sides do", () => {
    type Joined<V, W> = DStream.DStream<readonly [string, readonly [V, W]], TcpError, Tcp>
    expectTypeOf(words.pipe(DStream.join(dates))).toEqualTypeOf<Joined<number, Date>>()
    expectTypeOf(DStream.join(words, dates)).toEqualTypeOf<Joined<number, Date>>()
    expectTypeOf(words.pipe(DStream.leftOuterJoin(dates))).toEqualTypeOf<Joined<number, Option.Option<Date>>>()
    expectTypeOf(words.pipe(DStream.rightOuterJoin(dates))).toEqualTypeOf<Joined<Option.Option<number>, Date>>()
    expectTypeOf(words.pipe(DStream.fullOuterJoin(dates)))
      .toEqualTypeOf<Joined<Option.Option<number>, Option.Option<Date>>>()
    expectTypeOf(words.pipe(DStream.cogroup(dates)))
      .toEqualTypeOf<Joined<ReadonlyArray<number>, ReadonlyArray<Date>>>()
  })

  it("go on in a pipe", () => {
    const stream = words.pipe(DStream.join(dates), DStream.map(([word, [n, date]]) => [word, n + date.getTime()]))
    expectTypeOf(stream).toEqualTypeOf<DStream.DStream<[string, number], TcpError, Tcp>>()
  })

  it("refuse keys of another kind, and what has no keys", () => {
    const numbered = DStream.map(lines, (line) => [line.length, line])
    // @ts-expect-error: numbers are no strings
    words.pipe(DStream.join(numbered))
    // @ts-expect-error: numbers are no strings
    DStream.cogroup(words, numbered)
    // @ts-expect-error: lines have no keys
    words.pipe(DStream.join(lines))
  })
})

describe("tables", () => {
  it("of rows fail with nothing and need nothing", () => {
    const names = new Map([["to", true]])
    type Joined = DStream.DStream<readonly [string, readonly [number, boolean]]>
    expectTypeOf(words.pipe(DStream.joinTable(names))).toEqualTypeOf<Joined>()
    expectTypeOf(DStream.joinTable(words, names)).toEqualTypeOf<Joined>()
    expectTypeOf(words.pipe(DStream.joinTable([["to", true]]))).toEqualTypeOf<Joined>()
    expectTypeOf(words.pipe(DStream.leftOuterJoinTable(Table.make(names))))
      .toEqualTypeOf<DStream.DStream<readonly [string, readonly [number, Option.Option<boolean>]]>>()
  })

  it("that are loaded fail and need as their effect does", () => {
    expectTypeOf(prices).toEqualTypeOf<Table.Table<string, number, DownError, Prices>>()
    type Joined = DStream.DStream<readonly [string, readonly [Date, number]], TcpError | DownError, Tcp | Prices>
    expectTypeOf(dates.pipe(DStream.joinTable(prices))).toEqualTypeOf<Joined>()
    expectTypeOf(DStream.joinTable(dates, prices)).toEqualTypeOf<Joined>()
  })

  it("hold structural keys for streams that encode theirs", () => {
    const shops = Table.make([[{ shop: "north" }, 1]])
    const sales = words.pipe(DStream.keyBy(([shop]) => ({ shop }), { encode: ({ shop }) => shop }), DStream.mapValues(() => 1))
    const joined = sales.pipe(DStream.joinTable(shops), DStream.groupByKey)
    expectTypeOf<DStream.DStream<readonly [{ readonly shop: string }, unknown]>>(joined)
    expectTypeOf<DStream.DStream<readonly [Key.Key, unknown]>>(joined)
  })

  it("refuse an effect that is no table, and keys of another kind", () => {
    // @ts-expect-error: Table.load makes a table of it
    words.pipe(DStream.joinTable(Effect.succeed(new Map([["to", true]]))))
    // @ts-expect-error: numbers are no strings
    words.pipe(DStream.joinTable(new Map([[1, true]])))
  })
})

describe("partitions and slices", () => {
  it("keep what they cut", () => {
    expectTypeOf(words.pipe(DStream.repartition(2))).toEqualTypeOf(words)
    expectTypeOf(words.pipe(DStream.cache)).toEqualTypeOf(words)
    expectTypeOf(words.pipe(DStream.glom)).toEqualTypeOf<DStream.DStream<ReadonlyArray<[string, number]>>>()
    expectTypeOf(words.pipe(DStream.mapPartitions((items) => items.map(([word, n]) => [n, word]))))
      .toEqualTypeOf<DStream.DStream<[number, string]>>()
  })

  it("are of the stream that is given", () => {
    const slice = (running: Pipeline.RunningPipeline) => running.slice(dates, { from: 0, to: 1 })
    expectTypeOf(slice).returns.toEqualTypeOf<Effect.Effect<ReadonlyArray<Batch.Batch<[string, Date]>>>>()
  })
})
