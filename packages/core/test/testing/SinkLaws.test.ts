import { describe } from "@effect/vitest"
import { type Batch, BatchSink } from "@millrace/core"
import { RecordingSink, SinkLaws } from "@millrace/core/testing"
import { Arbitrary, Effect, Option, Schema } from "effect"
import { breaks, keep } from "./cheats.ts"

const item = Arbitrary.schema(Schema.Literals(["a", "b", "c"]))

const recording = (commitClass: BatchSink.CommitClass, plays: BatchSink.CommitClass = commitClass) =>
  SinkLaws.all({
    commitClass,
    item,
    make: Effect.map(RecordingSink.make<string>({ commitClass: plays }), ({ batches, sink }) => ({
      sink,
      read: Effect.map(batches, (kept) => kept.flatMap(({ items }) => items))
    }))
  })

interface Table {
  readonly rows: Array<{ readonly output: string; readonly id: number; readonly item: string }>
  readonly epochs: Map<string, number>
}

/** A transactional table, to be made worse. */
const table = (
  worse: {
    readonly open?: (table: Table) => void
    readonly key?: (identity: BatchSink.Identity) => string
    readonly commit?: (table: Table, batch: Batch.Batch<string>, key: string) => void
    readonly newest?: (table: Table, key: string) => number
    readonly fences?: boolean
  } = {}
) =>
  SinkLaws.all({
    commitClass: "Transactional",
    item,
    make: Effect.sync(() => {
      const table: Table = { rows: [], epochs: new Map() }
      const done = new Map<string, number>()
      const newest = worse.newest ?? ((_: Table, key: string) => done.get(key) ?? 0)
      const sink = BatchSink.fromOpen({
        commitClass: "Transactional",
        open: (identity) =>
          Effect.suspend(() => {
            const key = worse.key?.(identity) ?? identity.output
            const isStale = () => worse.fences !== false && identity.epoch < (table.epochs.get(key) ?? 0)
            if (isStale()) return Effect.fail("stale")
            table.epochs.set(key, identity.epoch)
            worse.open?.(table)
            const write = (batch: Batch.Batch<string>) => {
              if (worse.commit !== undefined) return worse.commit(table, batch, key)
              if (batch.id <= (done.get(key) ?? 0)) return
              table.rows.push(...batch.items.map((item) => ({ output: key, id: batch.id, item })))
              done.set(key, batch.id)
            }
            return Effect.succeed({
              lastCommitted: Effect.sync(() => Option.filter(Option.some(newest(table, key)), (id) => id > 0)),
              commit: (batch: Batch.Batch<string>) =>
                Effect.suspend(() => isStale() ? Effect.fail("stale") : Effect.sync(() => write(batch)))
            })
          })
      })
      return { sink, read: Effect.sync(() => table.rows.map(({ item }) => item)) }
    })
  })

const append = ({ rows }: Table, { id, items }: Batch.Batch<string>, output: string) => {
  rows.push(...items.map((item) => ({ output, id, item })))
}

describe("SinkLaws", () => {
  for (const commitClass of ["Transactional", "IdempotentByBatch", "VersionedUpsert", "AtLeastOnce"] as const) {
    keep(`RecordingSink, ${commitClass}`, recording(commitClass))
  }
  keep("a table", table())

  const repeats = "a batch that comes again changes nothing"
  breaks("a sink that appends", recording("IdempotentByBatch", "AtLeastOnce"), repeats, "a repeat showed")
  breaks("a table that appends", table({ commit: append }), repeats, "a repeat showed")
  breaks("a table with rows of its own", table({ open: ({ rows }) => rows.push({ output: "", id: 0, item: "a" }) }),
    "holds what was committed", "opening wrote something")
  breaks("a table that loses", table({ commit: () => {} }), "holds what was committed", "something else is there")
  breaks("a table that begins anew", table({ open: ({ rows }) => rows.splice(0) }),
    "goes on where it was when it is opened again", "something else is there")
  breaks("a table that reads its newest rows", table({ newest: ({ rows }) => rows.at(-1)?.id ?? 0 }),
    "knows the newest batch that it holds", "another batch is the newest")
  breaks("a table that lets anybody in", table({ fences: false }), "an older epoch is refused", "a leftover of an older epoch could write")
  breaks("one name for all outputs", table({ key: () => "same" }), "takes no output for another", "the batches of two outputs")
  breaks("a table that replaces whatever it has", table({
    commit: (table, batch, key) => {
      const rest = table.rows.filter(({ id, output }) => output !== key || id < batch.id)
      table.rows.splice(0, table.rows.length, ...rest)
      append(table, batch, key)
    }
  }), "an older batch changes nothing", "an older batch shows")
})
