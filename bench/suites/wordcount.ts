/** Counting the words of 100,000 lines: in pairs, by key, by value, with `split`, against loops and other streams. */
import { DStream } from "@millrace/core"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Rx from "rxjs"
import { compare, type Comparison, type Contender } from "../harness/compare.ts"
import { atLeast, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { feed } from "../harness/feed.ts"
import { dummyText, proseText } from "../harness/text.ts"

type Lines = ReadonlyArray<string>
type Counts = ReadonlyArray<readonly [string, number]>
type Build = (lines: DStream.DStream<string>) => DStream.DStream<readonly [string, number]>

const lines = 100_000
const wordsPerLine = 6

/** Lines and words are made anew for every run, as a socket gives them: nobody has hashed them before. */
const fresh = (text: string) => (): Lines => text.split("\n")

interface Box {
  readonly word: string
  count: number
}

const hand = (lines: Lines): Counts => {
  const boxes = new Map<string, Box>()
  for (let i = 0; i < lines.length; i++) {
    const words = lines[i]!.split(" ")
    for (let j = 0; j < words.length; j++) {
      const word = words[j]!
      const box = boxes.get(word)
      if (box === undefined) boxes.set(word, { word, count: 1 })
      else box.count++
    }
  }
  return Array.from(boxes.values(), ({ count, word }) => [word, count])
}

const pairs: Build = (lines) =>
  lines.pipe(
    DStream.flatMap((line) => line.split(" ")),
    DStream.map((word) => [word, 1]),
    DStream.reduceByKey((left, right) => left + right)
  )

const keyed: Build = (lines) =>
  lines.pipe(
    DStream.flatMap((line) => line.split(" ")),
    DStream.keyBy((word) => word),
    DStream.mapValues(() => 1),
    DStream.reduceByKey((left, right) => left + right)
  )

const byValue: Build = (lines) => lines.pipe(DStream.flatMap((line) => line.split(" ")), DStream.countByValue)

const split: Build = (lines) => lines.pipe(DStream.split(" "), DStream.countByValue)

const rxjs = (lines: Lines): Counts => {
  let counts: Counts = []
  Rx.from(lines).pipe(
    Rx.mergeMap((line) => line.split(" ")),
    Rx.map((word) => [word, 1] as const),
    Rx.reduce((counts, [word, n]) => counts.set(word, (counts.get(word) ?? 0) + n), new Map<string, number>())
  ).subscribe((result) => {
    counts = [...result]
  })
  return counts
}

const effect = (lines: Lines): Promise<Counts> =>
  Effect.runPromise(Stream.fromArray(lines).pipe(
    Stream.mapArray((lines) => Arr.flatMap(lines, (line) => line.split(" ") as Arr.NonEmptyArray<string>)),
    Stream.map((word) => [word, 1] as const),
    Stream.runFold(
      () => new Map<string, number>(),
      (counts, [word, n]) => counts.set(word, (counts.get(word) ?? 0) + n)
    ),
    Effect.map((counts) => [...counts])
  ))

const builds = { pairs, keyed, byValue, split }

const measure = async (text: string, backend: "generated" | "closures", rounds: number): Promise<Comparison> => {
  const feds = Object.entries(builds).map(([name, build]) => ({ name, fed: feed(build, { backend }) }))
  const comparison = await compare<Lines>({
    items: lines * wordsPerLine,
    rounds,
    warm: 4,
    input: fresh(text),
    contenders: [
      { name: "hand", run: hand },
      ...feds.map(({ fed, name }): Contender<Lines> => ({ name, ready: fed.ready, run: fed.batch })),
      { name: "rxjs", run: rxjs },
      { name: "effect", run: effect }
    ]
  })
  for (const { fed } of feds) await fed.stop()
  return comparison
}

const against = ({ nanos }: Comparison, ours: string, theirs: string) =>
  `${nanos(ours).toFixed(1)} ns/word against ${nanos(theirs).toFixed(1)}`

const held = (comparison: Comparison): ReadonlyArray<Figure> => {
  const bar = (name: string, least: number, ours: string, theirs: string): Figure =>
    atLeast(name, least, comparison.ratio(ours, theirs), against(comparison, ours, theirs))
  return [
    bar("wordcount.vs.hand", 0.6, "pairs", "hand"),
    bar("wordcount.keyed.vs.hand", 0.85, "keyed", "hand"),
    bar("wordcount.split.vs.hand", 1.1, "split", "hand"),
    bar("wordcount.vs.rxjs", 2, "pairs", "rxjs"),
    bar("wordcount.vs.effect", 1.5, "pairs", "effect"),
    ...others("wordcount", { countByValue: ["byValue", "hand"] }, comparison),
    informational("wordcount.nanos", comparison.nanos("pairs"), "ns/word")
  ]
}

type Pairings = Readonly<Record<string, readonly [ours: string, theirs: string]>>

const others = (family: string, pairings: Pairings, comparison: Comparison): ReadonlyArray<Figure> =>
  Object.entries(pairings).map(([name, [ours, theirs]]) =>
    informational(
      `${family}.${name}.vs.${theirs}`,
      comparison.ratio(ours, theirs),
      "x",
      against(comparison, ours, theirs)
    )
  )

const allToHand: Pairings = {
  pairs: ["pairs", "hand"],
  keyed: ["keyed", "hand"],
  countByValue: ["byValue", "hand"],
  split: ["split", "hand"]
}

const toStreams: Pairings = { pairs: ["pairs", "rxjs"], keyed: ["keyed", "effect"] }

export const wordcount: Suite = {
  names: [
    "wordcount.vs.hand",
    "wordcount.keyed.vs.hand",
    "wordcount.split.vs.hand",
    "wordcount.vs.rxjs",
    "wordcount.vs.effect",
    "wordcount.countByValue.vs.hand",
    "wordcount.nanos"
  ],
  run: async () => held(await measure(dummyText(lines), "generated", 13))
}

export const wordcountClosures: Suite = {
  names: Object.keys(allToHand).map((name) => `wordcount.closures.${name}.vs.hand`),
  run: async () => others("wordcount.closures", allToHand, await measure(dummyText(lines), "closures", 7))
}

export const wordcountProse: Suite = {
  names: [
    ...Object.keys(allToHand).map((name) => `wordcount.prose.${name}.vs.hand`),
    "wordcount.prose.pairs.vs.rxjs",
    "wordcount.prose.keyed.vs.effect"
  ],
  run: async () => {
    const comparison = await measure(proseText(lines, wordsPerLine), "generated", 7)
    return [...others("wordcount.prose", allToHand, comparison), ...others("wordcount.prose", toStreams, comparison)]
  }
}
