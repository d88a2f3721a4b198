/** Whether a pipeline could go on from its checkpoint, without starting anything. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Pipeline } from "../dstream/Pipeline.ts"
import { compile } from "../plan/compile.ts"
import type { InvalidPipeline } from "../plan/InvalidPipeline.ts"
import { manifestOf } from "../plan/manifest.ts"
import type { Plan } from "../plan/Plan.ts"
import type { CheckpointError } from "../store/CheckpointError.ts"
import { CheckpointStore } from "../store/CheckpointStore.ts"
import type { Migration } from "../store/compareManifests.ts"
import { decideRecovery } from "../store/decideRecovery.ts"
import { evolve } from "../store/evolve.ts"
import type { Change } from "../store/Manifest.ts"
import { checkpointError } from "./rereading.ts"

/**
 * What a start would say.
 *
 * @category models
 * @since 0.1.0
 */
export interface Verdict {
  readonly pipeline: string
  readonly path: string
  /** The newest claim; 0 where there is no checkpoint yet. */
  readonly epoch: number
  /** The last batch that was prepared; 0 without one. */
  readonly batch: number
  /** Whether a start would go on. */
  readonly isCompatible: boolean
  /** Everything that stands in the way. */
  readonly changes: ReadonlyArray<Change>
  readonly notes: ReadonlyArray<string>
  /** What the start would bring up to the newest version. */
  readonly migrations: ReadonlyArray<Migration>
}

/**
 * Holds a pipeline against its checkpoint, as a start would, and starts nothing: for a test or a CI job that has a copy
 * of the checkpoint. Fails where the checkpoint cannot be read or the pipeline is not one.
 *
 * ```ts import.meta.vitest
 * import { Checkpoint, CheckpointStore, DStream, Pipeline } from "@millrace/core"
 * import { Effect } from "effect"
 *
 * const words = DStream.fromIterable({ name: "words" }, ["to", "be"])
 * const output = DStream.foreachBatch(DStream.countByValue(words), "counts", () => Effect.void)
 * const pipeline = Pipeline.make("words", { batchInterval: "1 second", outputs: [output] })
 * const verdict = await Effect.runPromise(Effect.provide(Checkpoint.check(pipeline), CheckpointStore.layerMemory))
 * verdict.isCompatible // => true
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const check = <E, R>(
  pipeline: Pipeline<E, R>
): Effect.Effect<Verdict, CheckpointError | InvalidPipeline, CheckpointStore> =>
  Effect.gen(function*() {
    const plan = yield* compiled(pipeline)
    const store = yield* CheckpointStore
    const inspected = yield* store.inspect(plan.pipeline)
    const recovery = Result.mapError(
      decideRecovery({ history: inspected, outputs: plan.outputs.map(({ name }) => ({ name, lastCommitted: undefined })) }),
      (reason) => checkpointError({ plan, store }, reason)
    )
    if (Result.isFailure(recovery)) return yield* recovery.failure
    const { changes, migrations, notes } = evolve(recovery.success, manifestOf(plan), plan.settings)
    const verdict: Verdict = {
      pipeline: plan.pipeline,
      path: store.path,
      epoch: inspected.epoch,
      batch: recovery.success.nextBatch - 1,
      isCompatible: changes.length === 0,
      changes,
      notes,
      migrations
    }
    return verdict
  })

export const compiled = <E, R>(pipeline: Pipeline<E, R>): Effect.Effect<Plan, InvalidPipeline> => {
  const result = compile(pipeline)
  return Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.fail(result.failure)
}
