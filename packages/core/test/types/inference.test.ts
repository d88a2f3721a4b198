/** What a program says without an annotation, and what its types come to. */
import { describe, expectTypeOf, it } from "@effect/vitest"
import { DStream, Key, Receiver } from "@millrace/core"
import { Context, Data, Effect, Schema, Stream } from "effect"

class TcpError extends Data.TaggedError("TcpError")<{ readonly port: number }> {}
class Tcp extends Context.Service<Tcp, { readonly lines: Stream.Stream<string, TcpError> }>()("test/Tcp") {}

const lines = DStream.fromStream({ name: "lines" }, Stream.unwrap(Effect.map(Tcp, (tcp) => tcp.lines)))
const numbers = DStream.fromIterable({ name: "numbers" }, [1, 2, 3])

describe("without annotations", () => {
  it("twelve operators give exactly what they say", () => {
    const stream = lines.pipe(
      DStream.flatMap((line) => line.split(" ")),
      DStream.filter((word) => word.length > 0),
      DStream.map((word) => word.toLowerCase()),
      DStream.map((word) => [word, 1]),
      DStream.reduceByKey((left, right) => left + right),
      DStream.mapValues((n) => ({ n, double: n * 2 })),
      DStream.filter(([word, value]) => word !== "" && value.n > 0),
      DStream.map(([word, value]) => [word, value.double]),
      DStream.groupByKey,
      DStream.flatMapValues((values) => values),
      DStream.map(([word, n]) => ({ word, n })),
      DStream.mapBatch((items) => items.filter((item) => item.n > 1))
    )
    expectTypeOf(stream).toEqualTypeOf<DStream.DStream<{ word: string; n: number }, TcpError, Tcp>>()
  })

  it("a stateless pipeline over memory needs and fails with nothing", () => {
    expectTypeOf(DStream.map(numbers, (n) => n + 1)).toEqualTypeOf<DStream.DStream<number>>()
  })

  it("pairs come from literals, wherever they are written", () => {
    type Pairs = DStream.DStream<[number, string]>
    expectTypeOf(numbers.pipe(DStream.map((n) => [n, "a"]))).toEqualTypeOf<Pairs>()
    expectTypeOf(numbers.pipe(DStream.flatMap((n) => [[n, "a"]]))).toEqualTypeOf<Pairs>()
    expectTypeOf(numbers.pipe(DStream.flatMap((n) => ["a"].map((a) => [n, a])))).toEqualTypeOf<Pairs>()
    expectTypeOf(numbers.pipe(DStream.flatMap(function*(n) {
      yield [n, "a"]
    }))).toEqualTypeOf<Pairs>()
    expectTypeOf(numbers.pipe(DStream.mapBatch((items) => items.map((n) => [n, "a"])))).toEqualTypeOf<Pairs>()
    expectTypeOf(numbers.pipe(DStream.transform((items) => items.map((n) => [n, "a"])))).toEqualTypeOf<Pairs>()
    expectTypeOf(numbers.pipe(DStream.mapEffect((n) => Effect.succeed([n, "a"])))).toEqualTypeOf<Pairs>()
    expectTypeOf(DStream.map(numbers, (n) => [n, "a"])).toEqualTypeOf<Pairs>()
  })

  it("a list from elsewhere stays a list", () => {
    expectTypeOf(lines.pipe(DStream.map((line) => line.split(" "))))
      .toEqualTypeOf<DStream.DStream<Array<string>, TcpError, Tcp>>()
  })

  it("reducers of pairs give pairs", () => {
    const averages = numbers.pipe(
      DStream.keyBy((n) => n % 2 === 0),
      DStream.mapValues((n) => [n, 1]),
      DStream.reduceByKey(([sum, count], [n, one]) => [sum + n, count + one]),
      DStream.mapValues(([sum, count]) => sum / count)
    )
    expectTypeOf(averages).toEqualTypeOf<DStream.DStream<readonly [boolean, number]>>()
    const sums = numbers.pipe(DStream.keyBy((n) => n), DStream.reduce(([, left], [key, right]) => [key, left + right]))
    expectTypeOf(sums).toEqualTypeOf<DStream.DStream<readonly [number, number]>>()
  })

  it("combiners come from the first value", () => {
    const made = {
      createCombiner: (n: number) => new Set([n]),
      mergeValue: (seen: Set<number>, n: number) => seen.add(n)
    }
    const pairs = DStream.keyBy(numbers, String)
    type Sets = DStream.DStream<readonly [string, Set<number>]>
    expectTypeOf(pairs.pipe(DStream.combineByKey(made))).toEqualTypeOf<Sets>()
    expectTypeOf(DStream.combineByKey(pairs, made)).toEqualTypeOf<Sets>()
    expectTypeOf(pairs.pipe(DStream.combineByKey({
      createCombiner: (n) => new Set([n]),
      mergeValue: (seen, n) => seen.add(n)
    }))).toEqualTypeOf<Sets>()
  })

  it("a combiner of two is a pair; one that grows is annotated, for a literal of one is a list of one", () => {
    const pairs = DStream.keyBy(numbers, String)
    expectTypeOf(pairs.pipe(DStream.combineByKey({
      createCombiner: (n) => [n, 1],
      mergeValue: ([sum, count], n) => [sum + n, count + 1]
    }))).toEqualTypeOf<DStream.DStream<readonly [string, [number, number]]>>()
    expectTypeOf(pairs.pipe(DStream.combineByKey({
      createCombiner: (n): Array<number> => [n],
      mergeValue: (all, n) => [...all, n]
    }))).toEqualTypeOf<DStream.DStream<readonly [string, Array<number>]>>()
  })

  it("type guards narrow, written and inferred", () => {
    const mixed = DStream.fromIterable({ name: "mixed" }, ["a", 1, undefined])
    const isText = (u: unknown): u is string => typeof u === "string"
    expectTypeOf(DStream.filter(mixed, isText)).toEqualTypeOf<DStream.DStream<string>>()
    expectTypeOf(mixed.pipe(DStream.filter(isText))).toEqualTypeOf<DStream.DStream<string>>()
    expectTypeOf(mixed.pipe(DStream.filter((item) => item !== undefined)))
      .toEqualTypeOf<DStream.DStream<string | number>>()
    expectTypeOf(mixed.pipe(DStream.filter(() => true))).toEqualTypeOf<typeof mixed>()
  })

  it("operators without arguments stand bare in a pipe", () => {
    expectTypeOf(numbers.pipe(DStream.count)).toEqualTypeOf<DStream.DStream<number>>()
    expectTypeOf(lines.pipe(DStream.countByValue))
      .toEqualTypeOf<DStream.DStream<readonly [string, number], TcpError, Tcp>>()
    expectTypeOf(numbers.pipe(DStream.keyBy((n) => n), DStream.groupByKey))
      .toEqualTypeOf<DStream.DStream<readonly [number, ReadonlyArray<number>]>>()
  })

  it("a union of literal keys is kept by keyBy", () => {
    expectTypeOf(numbers.pipe(DStream.keyBy((n) => n > 1 ? "big" : "small")))
      .toEqualTypeOf<DStream.DStream<readonly ["big" | "small", number]>>()
  })
})

describe("structural keys", () => {
  interface Place {
    readonly shop: string
    readonly day: number
  }
  const place = (n: number): Place => ({ shop: "north", day: n })
  const encode = Key.fromSchema(Schema.Struct({ shop: Schema.String, day: Schema.Int }))

  it("are marked as encoded, are still the object, and may be grouped by", () => {
    const keyed = numbers.pipe(DStream.keyBy(place, { encode }))
    expectTypeOf(keyed).toEqualTypeOf<DStream.DStream<readonly [Key.Encoded<Place>, number]>>()
    expectTypeOf(keyed.pipe(DStream.groupByKey))
      .toEqualTypeOf<DStream.DStream<readonly [Key.Encoded<Place>, ReadonlyArray<number>]>>()
    expectTypeOf(keyed.pipe(DStream.groupByKey, DStream.map(([{ day }]) => day)))
      .toEqualTypeOf<DStream.DStream<number>>()
  })

  it("need no annotation, with an encode made elsewhere or on the spot", () => {
    type Keyed = DStream.DStream<readonly [Key.Encoded<{ shop: string; day: number }>, number]>
    expectTypeOf(numbers.pipe(DStream.keyBy((day) => ({ shop: "", day }), { encode }))).toEqualTypeOf<Keyed>()
    expectTypeOf(DStream.keyBy(numbers, (day) => ({ shop: "", day }), { encode })).toEqualTypeOf<Keyed>()
    expectTypeOf(numbers.pipe(DStream.keyBy((day) => ({ shop: "", day }), { encode: ({ day }) => day })))
      .toEqualTypeOf<Keyed>()
  })
})

describe("own operators", () => {
  it("are functions of a stream, generic in what they do not look at", () => {
    const words = <E, R>(self: DStream.DStream<string, E, R>) =>
      self.pipe(DStream.split(" "), DStream.filter((word) => word !== ""))
    expectTypeOf(lines.pipe(words)).toEqualTypeOf<DStream.DStream<string, TcpError, Tcp>>()

    const latest = <K extends Key.Key, V, E, R>(self: DStream.DStream<readonly [K, V], E, R>) =>
      self.pipe(DStream.groupByKey, DStream.mapValues((values) => values.slice(-1)))
    expectTypeOf(numbers.pipe(DStream.keyBy((n) => n), latest))
      .toEqualTypeOf<DStream.DStream<readonly [number, Array<number>]>>()

    const first = <T, E, R>(self: DStream.DStream<T, E, R>) => self.pipe(DStream.reduce((left) => left))
    expectTypeOf(lines.pipe(first)).toEqualTypeOf<DStream.DStream<string, TcpError, Tcp>>()
  })
})

describe("several streams", () => {
  it("unite what they hold, fail with and need", () => {
    const both = DStream.unionAll([lines, numbers, DStream.mapEffect(numbers, () => Effect.fail("no" as const))])
    expectTypeOf(both).toEqualTypeOf<DStream.DStream<string | number, TcpError | "no", Tcp>>()
    expectTypeOf(DStream.union(lines, numbers)).toEqualTypeOf<DStream.DStream<string | number, TcpError, Tcp>>()
    expectTypeOf(numbers.pipe(DStream.union(lines))).toEqualTypeOf<DStream.DStream<string | number, TcpError, Tcp>>()
    expectTypeOf(numbers.pipe(DStream.transformWith(lines, (left, right) => [[left.length, right.join()]])))
      .toEqualTypeOf<DStream.DStream<[number, string], TcpError, Tcp>>()
  })

  it("a stream may be passed where less is known of it", () => {
    expectTypeOf(numbers).toExtend<DStream.DStream<number | string, "any", Tcp>>()
    expectTypeOf(numbers).not.toExtend<DStream.DStream<string>>()
    expectTypeOf(lines).not.toExtend<DStream.DStream<string>>()
    expectTypeOf(Receiver.fromIterable({ name: "n" }, [1])).toEqualTypeOf<Receiver.Receiver<number>>()
  })
})
