/** What a checkpoint costs: in time per batch, in throughput, in bytes, and when a run is taken up again. */
import { CheckpointStore, DStream, Pipeline } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { batchesOf, filesIn, inDirectory, run, totals } from "../harness/checkpoints.ts"
import { atLeast, atMost, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { median } from "../harness/statistics.ts"

type Pair = readonly [number, number]
type Checkpoint = Layer.Layer<CheckpointStore.CheckpointStore> | undefined

const records = 1_000_000
const keys = 100_000

/** Keys in an order that neither a table nor a cache foresees. */
const pairs = (count: number, of: number): ReadonlyArray<Pair> =>
  Array.from({ length: count }, (_, index) => [Math.imul(index, 7919) % of, 1])

const counting = (input: DStream.DStream<Pair>) => totals(input)

const accounts = (input: DStream.DStream<Pair>) =>
  DStream.mapWithState(input, {
    name: "accounts",
    state: Schema.Struct({ count: Schema.Number, sum: Schema.Number, last: Schema.String }),
    step: (n, state) => [{ count: (state?.count ?? 0) + 1, sum: (state?.sum ?? 0) + n, last: "deposit" }]
  })

/** Milliseconds per batch of a million records, the next one processed while the last one is made durable. */
const throughput = async (
  build: (input: DStream.DStream<Pair>) => DStream.DStream<unknown, never, any>,
  checkpoint: Checkpoint
): Promise<number> => {
  const batch = pairs(records, keys)
  const batches = 6
  const ends: Array<number> = []
  const output = DStream.foreachBatch(build(DStream.fromReceiver(batchesOf(() => batch))), "totals", () =>
    Effect.sync(() => ends.push(performance.now())))
  const pipeline = Pipeline.make("throughput", { batchInterval: "1 millis", outputs: [output] })
  await Effect.runPromise(run(pipeline, { batches, checkpoint }))
  return (ends.at(-1)! - ends[1]!) / (ends.length - 2)
}

const compared = async (build: Parameters<typeof throughput>[0]) => {
  const memory: Array<number> = []
  const durable: Array<number> = []
  for (let round = 0; round < 4; round++) {
    const bare = await throughput(build, undefined)
    const safe = await inDirectory((directory) => throughput(build, filesIn(directory)))
    if (round === 0) continue
    memory.push(bare)
    durable.push(safe)
  }
  const ratio = median(durable.map((millis, round) => memory[round]! / millis))
  return { ratio, absolute: `${median(durable).toFixed(0)} ms a batch of 1,000,000 records, ${median(memory).toFixed(0)} without` }
}

/** From the boundary of a batch to its results in the sink, in milliseconds, at 10 ms batches of 100 lines. */
const latency = async (checkpoint: Checkpoint): Promise<number> => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index} of the text to count ${index % 10}`)
  const wall = performance.timeOrigin
  const delays: Array<number> = []
  const words = DStream.fromReceiver(batchesOf(() => lines)).pipe(
    DStream.split(" "),
    DStream.keyBy((word) => word),
    DStream.runningCountByKey({ name: "words" })
  )
  const output = DStream.foreachBatch(words, "counts", ({ time }) =>
    Effect.sync(() => delays.push(wall + performance.now() - time)))
  const pipeline = Pipeline.make("latency", { batchInterval: "10 millis", outputs: [output] })
  await Effect.runPromise(run(pipeline, { batches: 200, checkpoint }))
  return median(delays.slice(50))
}

const overhead = async (): Promise<Figure> => {
  const differences: Array<number> = []
  let last = ""
  for (let round = 0; round < 3; round++) {
    const memory = await latency(undefined)
    const durable = await inDirectory((directory) => latency(filesIn(directory)))
    differences.push(durable - memory)
    last = `${durable.toFixed(2)} ms from boundary to sink, ${memory.toFixed(2)} without`
  }
  return atMost("durable.overhead.millis", 3, median(differences), "ms", last)
}

/** A run that was killed after its first batch, and one that ended cleanly. */
const recovery = (isClean: boolean): Promise<number> =>
  inDirectory(async (directory) => {
    const stored = 1_000_000
    const batch = pairs(stored, stored)
    const checkpoint = filesIn(directory)
    let broken = !isClean
    const output = DStream.foreachBatch(totals(DStream.fromReceiver(batchesOf((index) => index === 0 ? batch : []))), "totals", ({ id }) =>
      broken && id === 2 ? Effect.fail("broken" as const) : Effect.void)
    const pipeline = Pipeline.make("recovery", {
      batchInterval: "1 millis",
      // A snapshot would be taken before the run breaks.
      snapshotAfterBytes: 1e12,
      retry: (await import("effect/Schedule")).recurs(0),
      outputs: [output]
    })
    await Effect.runPromise(Effect.exit(run(pipeline, { batches: 2, checkpoint })))
    broken = false
    const startedAt = performance.now()
    await Effect.runPromise(run(pipeline, { batches: 1, checkpoint: counted(checkpoint, () => {}, false) }))
    return (performance.now() - startedAt) / 1000
  })

/** A store that says how many bytes of state each batch writes, and takes no snapshots where it shall not. */
const counted = (
  checkpoint: Layer.Layer<CheckpointStore.CheckpointStore>,
  written: (bytes: number) => void,
  snapshots: boolean
): Layer.Layer<CheckpointStore.CheckpointStore> =>
  Layer.effect(
    CheckpointStore.CheckpointStore,
    Effect.map(CheckpointStore.CheckpointStore, (store) =>
      CheckpointStore.CheckpointStore.of({
        ...store,
        claim: (pipeline, options) =>
          Effect.map(store.claim(pipeline, options), (claim) => ({
            ...claim,
            seal: (manifest) =>
              Effect.map(claim.seal(manifest), (journal) => ({
                ...journal,
                append: (all) => {
                  const changed = all.filter((record) => record._tag === "Changed")
                  if (changed.length > 0) written(JSON.stringify(changed).length)
                  return journal.append(all)
                },
                snapshot: snapshots ? journal.snapshot : () => Effect.void
              }))
          }))
      }))
  ).pipe(Layer.provide(checkpoint))

/** Bytes that a batch of 10,000 keys writes, with so many stored. */
const deltaBytes = async (stored: number): Promise<number> => {
  const sizes: Array<number> = []
  const first = pairs(stored, stored)
  const touched = pairs(10_000, 10_000)
  const output = DStream.foreachBatch(totals(DStream.fromReceiver(batchesOf((index) => index === 0 ? first : touched))), "totals", () =>
    Effect.void)
  const pipeline = Pipeline.make("delta", { batchInterval: "1 millis", outputs: [output] })
  const checkpoint = counted(CheckpointStore.layerMemory, (bytes) => sizes.push(bytes), false)
  await Effect.runPromise(run(pipeline, { batches: 3, checkpoint }))
  return sizes.at(-1) ?? Number.NaN
}

export const durable: Suite = {
  names: [
    "durable.overhead.millis",
    "durable.vs.memory",
    "durable.struct.vs.memory",
    "recovery.1e6.seconds",
    "recovery.1e6.snapshot.seconds",
    "delta.bytes.1e6.vs.1e4"
  ],
  run: async () => {
    const numeric = await compared(counting)
    const struct = await compared(accounts)
    const crashed = [await recovery(false), await recovery(false), await recovery(false)]
    const clean = [await recovery(true), await recovery(true)]
    const many = await deltaBytes(1_000_000)
    const few = await deltaBytes(10_000)
    return [
      await overhead(),
      atLeast("durable.vs.memory", 0.6, numeric.ratio, numeric.absolute),
      informational("durable.struct.vs.memory", struct.ratio, "x", struct.absolute),
      atMost("recovery.1e6.seconds", 3, median(crashed), "s", "from start to the end of the next batch, from the journal alone"),
      informational("recovery.1e6.snapshot.seconds", median(clean), "s", "the same from a snapshot"),
      atMost("delta.bytes.1e6.vs.1e4", 1.1, many / few, "x", `${many} bytes against ${few}`)
    ]
  }
}
