/** Six operators over records: the engine, a hand loop, and the streams people would take instead. */
import { DStream } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Rx from "rxjs"
import { compare, type Comparison, type Contender } from "../harness/compare.ts"
import { atLeast, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { feed } from "../harness/feed.ts"

interface Item {
  readonly id: number
  readonly kind: string
  readonly value: number
}

const items = 100_000
const records: ReadonlyArray<Item> = Array.from(
  { length: items },
  (_, id) => ({ id, kind: id % 3 === 0 ? "click" : "view", value: id * 0.25 })
)

const hand = (records: ReadonlyArray<Item>): number => {
  let sum = 0
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!
    if (record.kind !== "view") continue
    const cents = record.value * 100 + 5
    if (cents > 100) sum += cents
  }
  return sum
}

const build = (input: DStream.DStream<Item>) =>
  input.pipe(
    DStream.map((record) => ({ id: record.id, kind: record.kind, cents: record.value * 100 })),
    DStream.filter((record) => record.kind === "view"),
    DStream.map((record) => record.cents),
    DStream.map((cents) => cents + 5),
    DStream.filter((cents) => cents > 100),
    DStream.reduce((left, right) => left + right)
  )

const rxjs = (records: ReadonlyArray<Item>): number => {
  let sum = 0
  Rx.from(records).pipe(
    Rx.map((record) => ({ id: record.id, kind: record.kind, cents: record.value * 100 })),
    Rx.filter((record) => record.kind === "view"),
    Rx.map((record) => record.cents),
    Rx.map((cents) => cents + 5),
    Rx.filter((cents) => cents > 100),
    Rx.reduce((left, right) => left + right)
  ).subscribe((result) => {
    sum = result
  })
  return sum
}

const effect = (source: (records: ReadonlyArray<Item>) => Stream.Stream<Item>) => (records: ReadonlyArray<Item>) =>
  Effect.runPromise(source(records).pipe(
    Stream.map((record) => ({ id: record.id, kind: record.kind, cents: record.value * 100 })),
    Stream.filter((record) => record.kind === "view"),
    Stream.map((record) => record.cents),
    Stream.map((cents) => cents + 5),
    Stream.filter((cents) => cents > 100),
    Stream.runFold(() => 0, (left, right) => left + right)
  ))

const measure = async (): Promise<Comparison> => {
  const generated = feed(build)
  const closures = feed(build, { backend: "closures" })
  const ours = (name: string, fed: typeof generated): Contender<ReadonlyArray<Item>> => ({
    name,
    ready: fed.ready,
    run: (records) => fed.batch(records).then((results) => results[0])
  })
  const comparison = await compare({
    items,
    rounds: 41,
    warm: 10,
    input: () => records,
    contenders: [
      { name: "hand", run: hand },
      ours("generated", generated),
      ours("closures", closures),
      { name: "rxjs", run: rxjs },
      { name: "effect", run: effect((records) => Stream.fromArray(records)) },
      { name: "effect 1024", run: effect((records) => Stream.rechunk(Stream.fromArray(records), 1024)) }
    ]
  })
  await generated.stop()
  await closures.stop()
  return comparison
}

const figures = ({ nanos, ratio }: Comparison): ReadonlyArray<Figure> => {
  const against = (ours: string, theirs: string) =>
    `${nanos(ours).toFixed(1)} ns/item against ${nanos(theirs).toFixed(1)}`
  const chunked = ratio("generated", "effect 1024")
  return [
    atLeast("chain.vs.hand", 0.7, ratio("generated", "hand"), against("generated", "hand")),
    atLeast("chain.vs.rxjs", 10, ratio("generated", "rxjs"), against("generated", "rxjs")),
    atLeast("chain.vs.effect", 10, ratio("generated", "effect"), against("generated", "effect")),
    informational("chain.vs.effect.rechunk", chunked, "x", against("generated", "effect 1024")),
    atLeast("chain.closures.vs.rxjs", 1.1, ratio("closures", "rxjs"), against("closures", "rxjs")),
    informational("chain.closures.vs.effect", ratio("closures", "effect"), "x", against("closures", "effect")),
    informational("chain.nanos", nanos("generated"), "ns/item")
  ]
}

export const chain: Suite = {
  names: [
    "chain.vs.hand",
    "chain.vs.rxjs",
    "chain.vs.effect",
    "chain.vs.effect.rechunk",
    "chain.closures.vs.rxjs",
    "chain.closures.vs.effect",
    "chain.nanos"
  ],
  run: async () => figures(await measure())
}
