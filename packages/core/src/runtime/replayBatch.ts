/** A batch once more, for a look at what it does: nothing is written, no output is called. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Result from "effect/Result"
import type { Pipeline } from "../dstream/Pipeline.ts"
import type { InvalidPipeline } from "../plan/InvalidPipeline.ts"
import { manifestOf } from "../plan/manifest.ts"
import type { CheckpointError, Reason } from "../store/CheckpointError.ts"
import { CheckpointStore } from "../store/CheckpointStore.ts"
import { decideRecovery, type Recovery } from "../store/decideRecovery.ts"
import { evolve } from "../store/evolve.ts"
import { compiled } from "./checkCheckpoint.ts"
import { storedUntil } from "../store/storedMarker.ts"
import { makeMemories } from "./memories.ts"
import { PipelineMetrics } from "./metrics.ts"
import type { Observer } from "./Observer.ts"
import type { PipelineError } from "./PipelineError.ts"
import type { PipelineEvent } from "./PipelineEvent.ts"
import { checkpointError, type Checkpointed, receiversOf, reread } from "./rereading.ts"
import { Restorer } from "./restoring.ts"
import { differing } from "./resume.ts"
import { makeStepper } from "./step.ts"
import { flatten } from "./Turn.ts"

/**
 * What a batch does.
 *
 * @category models
 * @since 0.1.0
 */
export interface Replayed {
  readonly batch: number
  /** Time of the batch, in milliseconds since the epoch. */
  readonly time: number
  /** How many records it took. */
  readonly records: number
  /** What each output would be given, in the order of their definition; without those that do not speak at this time. */
  readonly outputs: ReadonlyArray<{ readonly output: string; readonly items: ReadonlyArray<unknown> }>
  /** The first output that got something else when the batch first ran. */
  readonly differs: string | undefined
}

/**
 * Runs a batch of the checkpoint again: the same input and the same state before it, with the clock at the time of the
 * batch. Sinks are neither opened nor called, and nothing is written. Effects among the steps do run.
 *
 * Batches that are in the journal can be had, from the one after the last snapshot but one on, where their input is in
 * the journal too or its source can be read again. Fails with `BatchGone`, which names the oldest there is, for others,
 * and with `InputGone` where the source has forgotten. A checkpoint does not hold what a `StateStore` on disk held at its
 * snapshots, and is `Refused`.
 *
 * @category running
 * @since 0.1.0
 */
export const replay = <E, R>(
  pipeline: Pipeline<E, R>,
  batch: number
): Effect.Effect<Replayed, CheckpointError | InvalidPipeline | PipelineError<E>, R | CheckpointStore> =>
  Effect.gen(function*() {
    const plan = yield* compiled(pipeline)
    const store = yield* CheckpointStore
    const self = { plan, store }
    const history = yield* store.inspect(plan.pipeline, { before: batch })
    const decided = decideRecovery({ history, outputs: [] })
    if (Result.isFailure(decided)) return yield* checkpointError(self, decided.failure)
    const recovery = decided.success
    const { changes, nameOf, ...rest } = evolve(recovery, manifestOf(plan), plan.settings)
    const [first, ...others] = changes
    if (first !== undefined) {
      return yield* checkpointError(self, { _tag: "CheckpointIncompatible", changes: [first, ...others] })
    }
    const wanted = recovery.batches.find(({ prepared }) => prepared.batch === batch)
    if (wanted === undefined) return yield* checkpointError(self, gone(batch, yield* all(self, recovery)))
    const elsewhere = recovery.snapshot?.states.find(({ delta }) => storedUntil(delta) !== undefined)
    if (elsewhere !== undefined) return yield* checkpointError(self, { _tag: "Refused", problem: notHere(elsewhere.operator) })
    const memories = makeMemories(plan)
    const restorer = new Restorer(self, { changes, nameOf, ...rest }, recovery.snapshot, () => undefined)
    for (const earlier of recovery.batches) if (earlier.prepared.batch < batch) restorer.batch(earlier)
    yield* restorer.into(memories)
    const cut = yield* reread(self, wanted)
    const clock = frozenAt(yield* Clock.Clock, cut.info.time)
    const lanes = new Map<unknown, number>(receiversOf(plan).map((receiver, lane) => [receiver, lane]))
    const step = makeStepper(plan, lanes, memories, clock, yield* nobody(plan.pipeline))
    const slots = yield* Effect.provideService(step(cut, 0), Clock.Clock, clock)
    const replayed: Replayed = {
      batch,
      time: cut.info.time,
      records: cut.info.records,
      outputs: plan.outputs.flatMap(({ input, name }) => {
        const segments = slots[input]
        return segments === undefined ? [] : [{ output: name, items: flatten(segments, plan.settings) }]
      }),
      differs: differing(plan, wanted.prepared, slots)
    }
    return replayed
  }) as Effect.Effect<Replayed, CheckpointError | InvalidPipeline | PipelineError<E>, R | CheckpointStore>

const notHere = (operator: string): string =>
  `does not hold what operator ${JSON.stringify(operator)} remembers: that is in its StateStore, which has only the newest`

/** The batches that can be had, from the snapshot on that reaches back furthest. */
const all = Effect.fnUntraced(function*({ plan, store }: Checkpointed & { readonly store: CheckpointStore["Service"] }, newest: Recovery) {
  let furthest = newest
  while (furthest.snapshot !== undefined) {
    const history = yield* store.inspect(plan.pipeline, { before: furthest.snapshot.batch })
    const decided = decideRecovery({ history, outputs: [] })
    if (Result.isFailure(decided) || (history.snapshot?.batch ?? 0) >= furthest.snapshot.batch) break
    furthest = decided.success
  }
  return furthest.batches
})

const gone = (batch: number, batches: ReadonlyArray<{ readonly prepared: { readonly batch: number } }>): Reason => ({
  _tag: "BatchGone",
  batch,
  oldest: batches[0]?.prepared.batch,
  newest: batches.at(-1)?.prepared.batch
})

/** Stands still for whoever asks what time it is; sleeping takes its time. */
const frozenAt = (clock: Clock.Clock, millis: number): Clock.Clock =>
  Object.assign(Object.create(clock), {
    currentTimeMillisUnsafe: () => millis,
    currentTimeMillis: Effect.succeed(millis),
    currentTimeNanosUnsafe: () => BigInt(millis) * 1_000_000n,
    currentTimeNanos: Effect.succeed(BigInt(millis) * 1_000_000n)
  })

/** An observer of a run that nobody watches. */
const nobody = Effect.fnUntraced(function*(pipeline: string) {
  const observer: Observer = {
    pipeline,
    events: yield* PubSub.sliding<PipelineEvent>(1),
    readers: 0,
    metrics: new PipelineMetrics(pipeline, [], [], yield* Effect.context<never>()),
    tracing: false
  }
  return observer
})
