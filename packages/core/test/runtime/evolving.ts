/** Programs that are changed between their runs, on one checkpoint in memory. */
import { BatchSink, CheckpointStore, DStream, Pipeline, Receiver } from "@millrace/core"
import { Context, Effect, Layer, Option, Schema, Stream } from "effect"

export type Row = readonly [key: string, value: number]

/** Reads rows from where it was, and ends. */
export const rows = (all: ReadonlyArray<Row>): Receiver.Receiver<Row> =>
  Receiver.make({
    name: "rows",
    delivery: "Replayable",
    initialRate: Infinity,
    position: Schema.Int,
    open: (after: Option.Option<number>) => {
      const from = Option.getOrElse(after, () => 0)
      return Effect.succeed(
        from >= all.length
          ? Stream.empty
          : Stream.make({ payload: all.slice(from), records: all.length - from, bytes: 8, resumeAfter: all.length })
      )
    },
    reread: ({ after, until }) => Effect.sync(() => all.slice(Option.getOrElse(after, () => 0), until))
  })

export type Build = (rows: DStream.DStream<Row, never, any>) => DStream.DStream<unknown, never, any>

export const pipelineOf = (all: ReadonlyArray<Row>, build: Build, options: Partial<Pipeline.Options> = {}, seen: Array<unknown> = []) =>
  Pipeline.make("evolving", {
    batchInterval: "10 millis",
    outbox: "off",
    ...options,
    outputs: [
      DStream.to(
        build(DStream.fromReceiver(rows(all))),
        "seen",
        BatchSink.make((batch) => Effect.sync(() => void seen.push(...batch.items)))
      )
    ]
  })

/** Runs to the end of the rows, and gives what came out. */
export const runOf = (all: ReadonlyArray<Row>, build: Build, options: Partial<Pipeline.Options> = {}) =>
  Effect.suspend(() => {
    const seen: Array<unknown> = []
    return Effect.as(Pipeline.run(pipelineOf(all, build, options, seen)), seen)
  })

/** A store of this process that a test breaks where it likes: what is broken dies, as a process does. */
export class Breaking extends Context.Service<Breaking, { snapshots: boolean }>()("Breaking") {}

export const breaking: Layer.Layer<CheckpointStore.CheckpointStore | Breaking> = Layer.effectContext(
  Effect.gen(function*() {
    const store = yield* CheckpointStore.CheckpointStore
    const breaks = { snapshots: false }
    const breakable: CheckpointStore.CheckpointStore["Service"] = {
      ...store,
      claim: (pipeline, options) =>
        Effect.map(store.claim(pipeline, options), (claim) => ({
          ...claim,
          seal: (manifest) =>
            Effect.map(claim.seal(manifest), (journal) => ({
              append: journal.append,
              sync: journal.sync,
              verify: journal.verify,
              snapshot: (snapshot, keepFrom) =>
                Effect.suspend(() => breaks.snapshots ? Effect.die("crash") : journal.snapshot(snapshot, keepFrom)),
              bytesSinceSnapshot: journal.bytesSinceSnapshot,
              snapshotBytes: journal.snapshotBytes,
              isPaused: journal.isPaused,
              release: journal.release
            }))
        }))
    }
    return Context.make(CheckpointStore.CheckpointStore, breakable).pipe(Context.add(Breaking, breaks))
  })
).pipe(Layer.provide(CheckpointStore.layerMemory))
