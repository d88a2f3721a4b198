import { assert, describe, it } from "@effect/vitest"
import { Batch } from "@millrace/core"
import { SinkLaws } from "@millrace/core/testing"
import * as Files from "@millrace/sinks/Files"
import { Arbitrary, Effect, Fiber, Schema } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryDirectory } from "./support.ts"

const timeOf = (name: string): number => Number(/-(\d+)(\.\w+)?$/.exec(name)?.[1])

/** The lines of all files, by batch time. What is hidden should not be there. */
const linesIn = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory).toSorted((left, right) => timeOf(left) - timeOf(right)).flatMap((name) =>
    name.startsWith(".") ? [`left over: ${name}`] : readFileSync(join(directory, name), "utf8").split("\n").slice(0, -1))

describe("the laws of sinks hold for text", () => {
  const line = Arbitrary.map(Arbitrary.schema(Schema.String), (text) =>
    Buffer.from(text.replaceAll("\n", " ")).toString())
  const make = Effect.map(temporaryDirectory, (directory) => ({
    sink: Files.text({ directory }),
    read: Effect.sync(() => linesIn(directory))
  }))
  for (const law of SinkLaws.all({ commitClass: "IdempotentByBatch", item: line, make, runs: 10 })) {
    it.effect(law.name, () => law.check)
  }
})

describe("the laws of sinks hold for jsonLines", () => {
  const Order = Schema.Struct({ at: Schema.Date, of: Schema.String, total: Schema.Finite })
  const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(Order)))
  const make = Effect.map(temporaryDirectory, (directory) => ({
    sink: Files.jsonLines({ directory, schema: Order }),
    read: Effect.sync(() => linesIn(directory).map((line) => decode(line)))
  }))
  const options = { commitClass: "IdempotentByBatch", item: Arbitrary.schema(Order), make, runs: 10 } as const
  for (const law of SinkLaws.all(options)) it.effect(law.name, () => law.check)
})

describe("two starts of one pipeline", () => {
  const batches = Array.from({ length: 8 }, (_, index) =>
    Batch.make(index + 1, (index + 1) * 1000, Array.from({ length: 40_000 }, (_, n) => `record ${n} of batch ${index + 1}`)))

  it.live("that write the same batches at once leave each of them whole, and nothing half written", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const open = (epoch: number) => Files.text({ directory }).open({ pipeline: "p", output: "out", epoch })
      const old = yield* open(1)
      // What the younger start removes when it opens may be what the older one is writing: that one has to try again.
      const late = yield* Effect.forkChild(Effect.forEach(batches, (batch) =>
        Effect.eventually(Effect.tapError(old.commit(batch), ({ isRetryable }) => Effect.sync(() => assert.isTrue(isRetryable))))))
      for (let epoch = 2; epoch <= 4; epoch++) {
        const young = yield* open(epoch)
        for (const batch of batches) yield* young.commit(batch)
      }
      yield* Fiber.join(late)
      assert.deepStrictEqual(readdirSync(directory).sort(), batches.map(({ time }) => `out-${time}`))
      assert.deepStrictEqual(linesIn(directory), batches.flatMap(({ items }) => items))
    }))
})
