import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schedule } from "effect"
import * as BatchSink from "../../src/dstream/BatchSink.ts"
import * as Pipeline from "../../src/dstream/Pipeline.ts"
import * as DStream from "../../src/DStream.ts"
import { compile } from "../../src/plan/compile.ts"
import { explain } from "../../src/plan/explain.ts"
import { chunks, from, pipeline, planOf, receiver, sink } from "./pipelines.ts"

const parseLine = (line: string) => line.split(" ")
const save = (text: string) => Effect.succeed(text)
const add = (left: number, right: number) => left + right
const lines = DStream.fromReceiver(chunks("tcp \"a\" <b>"))
const counts = lines.pipe(
  DStream.flatMap(parseLine),
  DStream.map((word) => [word, 1]),
  DStream.reduceByKey(add)
)
const upsert = BatchSink.fromOpen({
  commitClass: "VersionedUpsert",
  open: () => Effect.succeed({ lastCommitted: Effect.succeedNone, commit: () => Effect.void })
})
const wordCount = Pipeline.make("word-count", {
  batchInterval: "1 second",
  outputs: [DStream.to(counts, "print", sink), DStream.to(DStream.union(counts, counts), "table #1", upsert)]
})

const rows = (text: string) => text.split("\n")

describe("explain", () => {
  it("shows every setting with its default, the stages in order, and where results go", () => {
    assert.deepStrictEqual(rows(explain(Result.getOrThrow(compile(wordCount)))), [
      "pipeline \"word-count\"",
      "",
      "settings",
      "  batchInterval       1000 ms",
      "  buffer.records      1000000 records",
      "  buffer.bytes        256 MiB or a quarter of the heap limit, whichever is less",
      "  initialRate         10000 records per second and receiver, no limit for what is in memory",
      "  maxRate             no limit",
      "  backpressure        on",
      "  restart             after 100 ms doubling to 5 s, jittered, 10 tries without a healthy minute",
      "  retry               after 100 ms doubling to 10 s, 5 tries",
      "  outputConcurrency   1 at a time",
      "  drainTimeout        20000 ms",
      "  remember            nothing",
      "  freezeBatches       off",
      "  batchDeadline       none",
      "  backend             generated code, or closures where code may not be generated",
      "  commitDepth         4 batches",
      "  commitTimeout       30000 ms",
      "  outbox              auto",
      "  snapshotAfterBytes  67108864 bytes of journal",
      "  takeover            off",
      "  guarantee           whatever the parts promise",
      "",
      "stages",
      "  #0  receive \"tcp \\\"a\\\" <b>\" (Unreplayable)",
      "  #1  fused(split, flatMap(parseLine), map, reduceByKey(add)) from #0",
      "  #2  union from #1, #1",
      "",
      "outputs",
      "  \"print\"     from #1 (AtLeastOnce)",
      "  \"table #1\"  from #2 (VersionedUpsert)",
      ""
    ])
  })

  it("shows settings that were given", () => {
    const own = DStream.fromReceiver(receiver("own", { initialRate: 5, maxRate: 50, restart: Schedule.forever }))
    const plan = compile(pipeline({ out: DStream.mapEffect(own, save, { concurrency: 8 }) }, {
      batchInterval: "5 minutes",
      buffer: { records: 10, bytes: 1024 },
      initialRate: 1,
      maxRate: 2,
      backpressure: false,
      restart: Schedule.forever,
      retry: Schedule.forever,
      outputConcurrency: Infinity,
      drainTimeout: 0,
      backend: "closures",
      commitDepth: 2,
      commitTimeout: "5 seconds",
      outbox: "on",
      snapshotAfterBytes: 1000,
      takeover: true,
      guarantee: "at-least-once"
    }))
    assert.deepStrictEqual(rows(explain(Result.getOrThrow(plan), "text")).slice(3, 27), [
      "  batchInterval       300000 ms",
      "  buffer.records      10 records",
      "  buffer.bytes        1024 bytes",
      "  initialRate         1 records per second and receiver",
      "  maxRate             2 records per second and receiver",
      "  backpressure        off",
      "  restart             own schedule",
      "  retry               own schedule",
      "  outputConcurrency   no limit",
      "  drainTimeout        0 ms",
      "  remember            nothing",
      "  freezeBatches       off",
      "  batchDeadline       none",
      "  backend             closures",
      "  commitDepth         2 batches",
      "  commitTimeout       5000 ms",
      "  outbox              on",
      "  snapshotAfterBytes  1000 bytes of journal",
      "  takeover            on",
      "  guarantee           at-least-once",
      "",
      "stages",
      "  #0  receive \"own\" (Unreplayable, initialRate 5, maxRate 50, own restart schedule)",
      "  #1  mapEffect(save) from #0, 8 at a time"
    ])
  })

  it("draws a flowchart whose labels mean nothing to mermaid", () => {
    assert.deepStrictEqual(rows(explain(Result.getOrThrow(compile(wordCount)), "mermaid")), [
      "flowchart TD",
      "  s0([\"tcp #34;a#34; #60;b#62;<br/>Unreplayable\"])",
      "  s1[\"fused(split, flatMap(parseLine), map, reduceByKey(add))\"]",
      "  s2[\"union\"]",
      "  o0[[\"print<br/>AtLeastOnce\"]]",
      "  o1[[\"table #35;1<br/>VersionedUpsert\"]]",
      "  s0 --> s1",
      "  s1 --> s2",
      "  s1 --> s2",
      "  s1 --> o0",
      "  s2 --> o1",
      ""
    ])
  })

  it("names only functions whose names are names", () => {
    const named = (name: string) => Object.defineProperty((text: string) => text, "name", { value: name })
    const names = ["plain", "größe", "$_", "a b", "x)\n;", "", "0", "y".repeat(65)]
    const out = names.reduce((stream, name) => DStream.map(stream, named(name)), from("r"))
    assert.strictEqual(
      planOf({ out }).stages[1]!.name,
      "fused(map(plain), map(größe), map($_), map, map, map, map, map)"
    )
  })

  it("shortens the names of long chains", () => {
    let out = from("r")
    for (let i = 0; i < 40; i++) out = DStream.map(out, (text) => text)
    assert.strictEqual(
      planOf({ out: DStream.count(out) }).stages[1]!.name,
      "fused(map, map, map, map, map, map, map, map, … 30 more, map, map, count)"
    )
  })
})
