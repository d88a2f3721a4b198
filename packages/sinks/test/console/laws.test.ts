import { describe, it } from "@effect/vitest"
import { BatchSink } from "@millrace/core"
import { SinkLaws } from "@millrace/core/testing"
import * as Sink from "@millrace/sinks/Console"
import { Arbitrary, Console, Effect, Schema } from "effect"
import { Console as NodeConsole } from "node:console"
import { Writable } from "node:stream"

/** Writes to a real console whose output is kept. */
const kept = <A, E>(sink: BatchSink.BatchSink<A, E>) =>
  Effect.sync(() => {
    let text = ""
    const stdout = new Writable({
      write: (chunk, _, done) => {
        text += String(chunk)
        done()
      }
    })
    const console = new NodeConsole({ stdout })
    const onConsole = BatchSink.fromOpen({
      commitClass: sink.commitClass,
      open: (identity) =>
        Effect.map(sink.open(identity), ({ commit, lastCommitted }): BatchSink.Writer<A, E> => ({
          lastCommitted,
          commit: (batch) => Effect.provideService(commit(batch), Console.Console, console)
        }))
    })
    return { sink: onConsole, lines: () => text.split("\n").slice(0, -1) }
  })

const rule = "-".repeat(43)

describe("the laws of sinks hold for print", () => {
  const item = Arbitrary.schema(Schema.Literals(["to be", "or", "not", ""]))
  const laws = SinkLaws.all({
    commitClass: "AtLeastOnce",
    item,
    make: Effect.map(kept(Sink.print()), ({ lines, sink }) => ({ sink, read: Effect.sync(lines) })),
    holds: (batches) => batches.flatMap(({ items, time }) => [rule, `Time: ${time} ms`, rule, ...items, ""])
  })
  for (const law of laws) it.effect(law.name, () => law.check)
})

describe("the laws of sinks hold for jsonLines", () => {
  const item = Schema.Struct({ word: Schema.String, count: Schema.Int })
  const laws = SinkLaws.all({
    commitClass: "AtLeastOnce",
    item: Arbitrary.schema(item),
    make: Effect.map(kept(Sink.jsonLines({ schema: item })), ({ lines, sink }) => ({
      sink,
      read: Effect.sync(() => lines().map((line): unknown => JSON.parse(line)))
    })),
    holds: (batches) => batches.map(({ id, items, time }) => ({ id, time, items }))
  })
  for (const law of laws) it.effect(law.name, () => law.check)
})
