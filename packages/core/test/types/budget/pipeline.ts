/** Forty operators without an annotation, for the budget of the type checker. */
import { DStream, Pipeline } from "@millrace/core"
import { Effect } from "effect"

const lines = DStream.fromIterable({ name: "lines" }, ["to be", "or not"])

const words = lines.pipe(
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
  DStream.mapValues((n) => n + 1),
  DStream.map(([word, n]) => ({ word, n })),
  DStream.mapBatch((items) => items.filter((item) => item.n > 1)),
  DStream.keyBy(({ word }) => word.length),
  DStream.mapValues(({ n }) => n),
  DStream.reduceByKey((left, right) => Math.max(left, right)),
  DStream.map(([length, n]) => `${length}:${n}`),
  DStream.countByValue,
  DStream.filter(([, count]) => count > 1),
  DStream.map(([text, count]) => ({ text, count }))
)

const totals = words.pipe(
  DStream.mapEffect(({ count, text }) => Effect.succeed({ text, count, known: true })),
  DStream.filter(({ known }) => known),
  DStream.map(({ count, text }) => [text, count]),
  DStream.combineByKey({ createCombiner: (n) => [n, 1], mergeValue: ([sum, count], n) => [sum + n, count + 1] }),
  DStream.mapValues(([sum, count]) => sum / count),
  DStream.transform((items, time) => items.map(([text, n]) => ({ text, n, time }))),
  DStream.transformEffect((items) => Effect.succeed(items.map((item) => ({ ...item, seen: true })))),
  DStream.filter(({ seen }) => seen),
  DStream.flatMap(({ n, text, time }) => [[text, n + time]]),
  DStream.reduceByKey((left, right) => left + right),
  DStream.union(DStream.map(lines, (line) => [line, 0])),
  DStream.mapValues((n) => n * 2),
  DStream.transformWith(lines, (left, right) => left.map(([text, n]) => ({ text, n, lines: right.length }))),
  DStream.map(({ text }) => text),
  DStream.split(" "),
  DStream.keyBy((word) => word.charAt(0)),
  DStream.groupByKey,
  DStream.mapValues((all) => all.length),
  DStream.reduce((left) => left),
  DStream.count
)

export const pipeline = Pipeline.make("budget", {
  batchInterval: "1 second",
  outputs: [DStream.foreachBatch(totals, "out", () => Effect.void)]
})
