/** A checkpoint for people: what is in it, and how much. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { CheckpointError, type Owner } from "./CheckpointError.ts"
import { CheckpointStore } from "./CheckpointStore.ts"
import { decideRecovery, type PreparedBatch, type Recovery } from "./decideRecovery.ts"
import { entriesOf } from "./evolve.ts"
import type { Manifest, OperatorEntry } from "./Manifest.ts"
import { readManifest } from "./readManifest.ts"

/**
 * What an operator remembers, in the snapshot and the batches after it together.
 *
 * @category models
 * @since 0.1.0
 */
export interface OperatorSummary {
  readonly name: string
  /** What the manifest says of it; `undefined` where it does not know it. */
  readonly entry: OperatorEntry | undefined
  readonly entries: number
  /** Of its JSON. */
  readonly bytes: number
}

/**
 * A batch that is not in the snapshot.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchSummary {
  readonly batch: number
  readonly time: number
  readonly records: number
  /** `isCommitted`: whether the journal says that the output has it. Where it does not, the sink may still. */
  readonly outputs: ReadonlyArray<{ readonly output: string; readonly records: number; readonly isCommitted: boolean }>
}

/**
 * @category models
 * @since 0.1.0
 */
export interface Summary {
  readonly pipeline: string
  readonly path: string
  /** The newest claim; 0 where nobody ever claimed. */
  readonly epoch: number
  /** Who holds it, or held it last. */
  readonly owner: Owner | undefined
  /** The newest snapshot that can be read. */
  readonly snapshot: { readonly batch: number; readonly time: number } | undefined
  readonly nextBatch: number
  readonly operators: ReadonlyArray<OperatorSummary>
  readonly batches: ReadonlyArray<BatchSummary>
  /** By receiver, as JSON: where reading goes on. */
  readonly positions: Readonly<Record<string, unknown>>
  /** By receiver: blocks that were received and are in no batch. */
  readonly pending: Readonly<Record<string, number>>
  /** How many starts in a row ended without a batch and without a clean stop. */
  readonly dirtyStarts: number
  readonly manifest: Manifest
  /** What was found and lived with. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * Looks at a pipeline's checkpoint, without claiming it. What a live owner writes meanwhile may be missing.
 *
 * @category tools
 * @since 0.1.0
 */
export const inspect = (pipeline: string): Effect.Effect<Summary, CheckpointError, CheckpointStore> =>
  Effect.gen(function*() {
    const store = yield* CheckpointStore
    const { epoch, owner, ...history } = yield* store.inspect(pipeline)
    const decided = decideRecovery({ history, outputs: [] })
    if (Result.isFailure(decided)) {
      return yield* new CheckpointError({ pipeline, path: store.path, reason: decided.failure })
    }
    const recovery = decided.success
    const { batches, dirtyStarts, nextBatch, positions, snapshot } = recovery
    const manifest = readManifest(recovery.eras.at(-1))
    const summary: Summary = {
      pipeline,
      path: store.path,
      epoch,
      owner,
      snapshot: snapshot === undefined ? undefined : { batch: snapshot.batch, time: snapshot.time },
      nextBatch,
      operators: operatorsOf(recovery, manifest),
      batches: batches.map(batchOf),
      positions: Object.fromEntries(positions),
      pending: pendingOf(recovery),
      dirtyStarts,
      manifest,
      warnings: history.warnings
    }
    return summary
  })

const operatorsOf = ({ batches, snapshot }: Recovery, manifest: Manifest): ReadonlyArray<OperatorSummary> => {
  const deltas = new Map<string, Array<unknown>>(manifest.operators.map(({ name }) => [name, []]))
  for (const { delta, operator } of [...snapshot?.states ?? [], ...batches.flatMap(({ changes }) => changes)]) {
    const list = deltas.get(operator)
    if (list === undefined) deltas.set(operator, [delta])
    else list.push(delta)
  }
  return [...deltas].map(([name, list]) => ({
    name,
    entry: manifest.operators.find((entry) => entry.name === name),
    entries: entriesOf(list),
    bytes: list.reduce((sum: number, delta) => sum + JSON.stringify(delta).length, 0)
  }))
}

const batchOf = ({ prepared, unconfirmed }: PreparedBatch): BatchSummary => ({
  batch: prepared.batch,
  time: prepared.time,
  records: prepared.inputs.reduce((sum, { records }) => sum + records, 0),
  outputs: prepared.outputs.map(({ output, records }) => ({
    output,
    records,
    isCommitted: !unconfirmed.includes(output)
  }))
})

const pendingOf = ({ pending }: Recovery): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { data } of pending) counts[data.receiver] = (counts[data.receiver] ?? 0) + 1
  return counts
}
