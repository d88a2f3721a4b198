/** What a run says that could not say it in its own journal. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { manifestOf } from "../plan/manifest.ts"
import { CheckpointStore } from "../store/CheckpointStore.ts"
import { decideRecovery } from "../store/decideRecovery.ts"
import { makeDeliverer } from "./deliver.ts"
import type { PipelineError } from "./PipelineError.ts"
import type { Run } from "./RunContext.ts"

/**
 * A start whose journal failed leaves no more than one that a record ended. So that no record is suspected of it, a new
 * epoch says that it was told. Where that cannot be written either, or somebody else has the pipeline, nothing is said.
 */
export const lastWord = (self: Pick<Run, "plan" | "clock" | "observer">, { reason }: PipelineError<unknown>) =>
  Effect.gen(function*() {
    const store = Context.getOption(yield* Effect.context<never>(), CheckpointStore)
    const isJournal = reason._tag === "CheckpointFailed" && reason.error.reason._tag === "JournalFailed"
    if (!isJournal || Option.isNone(store)) return
    yield* say(self, store.value).pipe(
      Effect.scoped,
      Effect.interruptible,
      Effect.timeoutOption(Duration.millis(self.plan.settings.drainTimeoutMillis)),
      Effect.ignore
    )
  })

const say = Effect.fnUntraced(function*(
  { clock, observer, plan }: Pick<Run, "plan" | "clock" | "observer">,
  store: CheckpointStore["Service"]
) {
  const claim = yield* store.claim(plan.pipeline, { takeover: false })
  // As every owner does: the sinks shut out older ones before the journal of those is read and closed.
  const { outputs } = yield* makeDeliverer(plan, claim.epoch, Infinity, clock, observer)
  const recovery = decideRecovery({ history: yield* claim.read, outputs })
  if (Result.isFailure(recovery) || recovery.success.dirtyStarts === 0) return
  const journal = yield* claim.seal(manifestOf(plan).manifest)
  journal.append([{ _tag: "Failed", batch: recovery.success.nextBatch - 1 }])
  yield* journal.sync
})
