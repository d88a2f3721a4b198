/** Rows and checkpoint in one database: a pipeline that stops, breaks and goes on, and what plain SQL finds after. */
import { assert, describe, layer } from "@effect/vitest"
import { BatchSink, CheckpointStore, DStream, Pipeline, Receiver, StateStore } from "@millrace/core"
import * as Postgres from "@millrace/sinks/Postgres"
import { Effect, Layer, Option, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { database, freshName, isMissing } from "./database.ts"

const schema = freshName()
const table = `${schema}.sums`
const commitTable = `${schema}.millrace_commit`
const words = ["mill", "race", "mill", "wheel", "race", "mill", "stone", "wheel", "mill", "race", "stone", "mill"]

/** A word at a time, the next one once a batch has taken the one before. */
const wordsFrom = (committed: () => number): Receiver.Receiver<string> =>
  Receiver.make({
    name: "words",
    delivery: "Replayable",
    position: Schema.Int,
    initialRate: Infinity,
    open: (after: Option.Option<number>) => {
      const from = Option.getOrElse(after, () => 0)
      const turn = (place: number): Effect.Effect<void> =>
        Effect.suspend(() => committed() >= place ? Effect.void : Effect.andThen(Effect.sleep("2 millis"), turn(place)))
      return Effect.succeed(Stream.fromIterable([...words.entries()].slice(from)).pipe(
        Stream.rechunk(1),
        Stream.mapEffect(([place, word]) =>
          Effect.as(turn(place), { payload: [word], records: 1, bytes: word.length, resumeAfter: place + 1 })
        )
      ))
    },
    reread: ({ after, until }) => Effect.sync(() => words.slice(Option.getOrElse(after, () => 0), until))
  })

/** Each word with how often it came so far. */
const countsOf = (onCommit: (words: number) => Effect.Effect<void>) => {
  let committed = 0
  const rows = Postgres.insert({
    table,
    commitTable,
    row: ([word, n]: readonly [word: string, n: number]) => ({ word, n })
  })
  const sink = BatchSink.fromOpen({
    commitClass: rows.commitClass,
    open: (identity) =>
      Effect.map(rows.open(identity), (writer) => ({
        lastCommitted: writer.lastCommitted,
        commit: (batch: Parameters<typeof writer.commit>[0]) =>
          Effect.andThen(
            writer.commit(batch),
            Effect.suspend(() => {
              committed += batch.items.length
              return batch.items.length === 0 ? Effect.void : onCommit(committed)
            })
          )
      }))
  })
  return (start: number) => {
    committed = start
    const keyed = DStream.map(DStream.fromReceiver(wordsFrom(() => committed)), (word) => [word, 1] as const)
    const counted = DStream.mapWithState(keyed, {
      name: "count",
      state: Schema.Number,
      step: (n: number, count: number | undefined, word: string) =>
        [(count ?? 0) + n, [word, (count ?? 0) + n] as const] as const
    })
    return Pipeline.make("counts", { batchInterval: "10 millis", outputs: [DStream.to(counted, "rows", sink)] })
  }
}

const suite = layer(
  CheckpointStore.layerPostgres({ schema }).pipe(
    Layer.merge(StateStore.layerMemory),
    Layer.provideMerge(database(schema))
  ),
  { timeout: "60 seconds", excludeTestServices: true }
)

describe.skipIf(isMissing)("rows and checkpoint in one database", () => suite((it) => {
  it.effect("are of one moment, whatever stops, breaks and goes on", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`create table ${sql(table)} (place bigserial primary key, word text not null, n integer not null)`
      const journal = sql(`${schema}.millrace_journal`)
      const epochs = sql(`${schema}.millrace_epoch`)
      let ended = 0
      const counts = countsOf((words) =>
        words === 7
          ? sql`select pg_terminate_backend(session, 5000) from ${epochs}`.pipe(
            Effect.andThen(Effect.sync(() => void ended++)),
            Effect.orDie
          )
          : Effect.void)
      yield* Pipeline.run(counts(0), { batches: 3 })
      const [first] = yield* sql<{ readonly rows: number }>`select count(*)::integer as rows from ${sql(table)}`
      assert.isAtMost(first?.rows ?? 0, 4)
      yield* Pipeline.run(counts(first?.rows ?? 0))

      const found = yield* sql<{ readonly word: string; readonly n: number }>`select word, n from ${sql(table)} order by place`
      const seen = new Map<string, number>()
      const expected = words.map((word) => {
        seen.set(word, (seen.get(word) ?? 0) + 1)
        return { word, n: seen.get(word) ?? 0 }
      })
      assert.deepStrictEqual(found.map(({ n, word }) => ({ word, n })), expected)
      assert.strictEqual(ended, 1)
      assert.deepStrictEqual(
        yield* sql`select epoch::integer as epoch from ${epochs} where pipeline = 'counts'`,
        [{ epoch: 3 }]
      )
      // The output and the journal agree on the last batch.
      const [last] = yield* sql<{ readonly batch: number }>`
        select max((content::json->>'batch')::integer) as batch from ${journal} where kind = 9`
      assert.deepStrictEqual(
        yield* sql`select epoch::integer as epoch, batch::integer as batch from ${sql(commitTable)}`,
        [{ epoch: 3, batch: last?.batch }]
      )
    }))
}))
