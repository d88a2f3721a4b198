/** Directories for checkpoints that are gone when a suite is, and pipelines that count keys into them. */
import { type CheckpointStore, DStream, Pipeline, Receiver, StateStore } from "@millrace/core"
import { CheckpointFiles } from "@millrace/core/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { quiet } from "./feed.ts"

/** On the disk of the project: the system's own place for temporary files may be in memory. */
export const inDirectory = async <A>(use: (directory: string) => Promise<A>): Promise<A> => {
  const directory = mkdtempSync(join(import.meta.dirname, "..", "checkpoints-"))
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

export const filesIn = (directory: string): Layer.Layer<CheckpointStore.CheckpointStore> =>
  CheckpointFiles.layer({ directory })

/** Gives the batches of a list one after the other, as a source that can be read again would. */
export const batchesOf = <A>(batch: (index: number) => ReadonlyArray<A> | undefined) =>
  Receiver.perBatch<A, A, number, never, never>({
    name: "input",
    delivery: "Replayable",
    initialRate: Infinity,
    position: Schema.Int,
    reread: ({ until }) => Effect.succeed(batch(until - 1) ?? []),
    open: (after) =>
      Effect.sync(() => {
        let next = Option.getOrElse(after, () => 0)
        return () =>
          Effect.sync(() => {
            const payload = batch(next)
            if (payload === undefined) return Option.none()
            return Option.some({ payload, records: payload.length, bytes: 0, resumeAfter: ++next })
          })
      })
  })

export const run = <E>(
  pipeline: Pipeline.Pipeline<E, StateStore>,
  options: { readonly batches?: number; readonly checkpoint?: Layer.Layer<CheckpointStore.CheckpointStore> | undefined }
): Effect.Effect<void, unknown> =>
  quiet(Effect.provide(
    Pipeline.run(pipeline, { batches: options.batches }),
    options.checkpoint === undefined
      ? StateStore.layerMemory
      : Layer.merge(StateStore.layerMemory, options.checkpoint)
  ))

/** Totals per key, of which every batch emits those that it touched. */
export const totals = (input: DStream.DStream<readonly [number, number]>) =>
  DStream.runningReduceByKey(input, {
    name: "totals",
    state: Schema.Number,
    reduce: (left, right) => left + right
  })
