/** Batches of any stream of a running pipeline, from those it keeps. */
import * as Effect from "effect/Effect"
import type { Batch } from "../batch/Batch.ts"
import type { DStream, Output } from "../dstream/Node.ts"
import { makeKernel } from "../kernel/makeKernel.ts"
import { locate, type Location } from "../plan/locate.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Kept, KeptBatch } from "./Kept.ts"
import { flatten, type Segments } from "./Turn.ts"

/** What of a run a slice is taken from. */
export interface Sliced {
  readonly plan: Plan
  readonly outputs: ReadonlyArray<Output<unknown, unknown>>
  readonly kept: Kept
}

interface Interval {
  readonly from: number
  readonly to: number
}

/**
 * Per-item steps inside of a loop are run again over what the loop read: they are pure. Slots do not know what they
 * hold; the stream that the plan has there does.
 */
export function slice<A>(
  self: Sliced,
  stream: DStream<A, unknown, unknown>,
  interval: Interval
): Effect.Effect<ReadonlyArray<Batch<A>>>
export function slice(
  { kept, outputs, plan }: Sliced,
  stream: DStream<unknown, unknown, unknown>,
  { from, to }: Interval
): Effect.Effect<ReadonlyArray<Batch<unknown>>> {
  return Effect.suspend(() => {
    const { batchIntervalMillis, rememberMillis } = plan.settings
    const name = JSON.stringify(plan.pipeline)
    if (rememberMillis === 0) return Effect.die(new Error(`Pipeline ${name} keeps no batches: set its option remember`))
    const location = locate(outputs, batchIntervalMillis, stream.node)
    if (location === undefined) return Effect.die(new Error(`No output of pipeline ${name} reads the stream to slice`))
    const { slideMillis } = location
    const first = Math.floor(from / slideMillis) * slideMillis
    const last = Math.floor(to / slideMillis) * slideMillis
    const read = reader(plan, location)
    const batches = kept.between(first, last).flatMap((batch) =>
      batch.time % slideMillis === 0 ? [{ id: batch.id, time: batch.time, items: read(batch) }] : []
    )
    if (first === from && last === to) return Effect.succeed(batches)
    return Effect.as(
      Effect.logWarning(`A slice of pipeline ${name} from ${from} to ${to} was rounded down to ${first} and ${last}`),
      batches
    )
  })
}

const reader = (plan: Plan, { inputs, steps }: Location): (batch: KeptBatch) => ReadonlyArray<unknown> => {
  const segmentsOf = ({ slots }: KeptBatch): Segments => inputs.flatMap((input) => slots[input] ?? [])
  if (steps.length === 0) return (batch) => flatten(segmentsOf(batch), plan.settings)
  const kernel = makeKernel(steps, { op: "collect" }, undefined, plan.settings.backend)
  return (batch) => {
    const accumulator = kernel.begin()
    for (const segment of segmentsOf(batch)) kernel.run(segment, 0, segment.length, accumulator)
    return kernel.finish(accumulator)
  }
}
