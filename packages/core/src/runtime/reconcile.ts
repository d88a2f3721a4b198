/** A checkpoint and the stores beside it: what they lack of each other, or why they do not belong together. */
import * as Effect from "effect/Effect"
import type { Plan } from "../plan/Plan.ts"
import type { Recovery } from "../store/decideRecovery.ts"
import type { Evolution } from "../store/evolve.ts"
import { readDelta } from "../store/readDelta.ts"
import { type Reason, StateError } from "../store/StateError.ts"
import { storedUntil } from "../store/storedMarker.ts"
import type { Follower } from "./Follower.ts"
import { rememberingIn } from "./memories.ts"

interface Reconciling {
  readonly plan: Plan
  readonly follower: Follower
}

/**
 * The journal is the truth. A store that ends between the snapshot and the last batch gets what it lacks; one that
 * never had the snapshot gets that first, where it is in the checkpoint. Everything else is an error, and nothing is
 * changed.
 */
export const reconcile = Effect.fnUntraced(function*(
  { follower, plan }: Reconciling,
  recovery: Recovery,
  evolution: Evolution
) {
  const prepared = recovery.nextBatch - 1
  const batch = recovery.snapshot?.batch ?? 0
  for (const { memory } of rememberingIn(plan)) {
    const { operator } = memory
    const applied = follower.appliedTo(operator)
    if (applied !== undefined && applied > prepared) {
      return yield* refused(plan, operator, { _tag: "StateAhead", applied, prepared })
    }
    const states = (recovery.snapshot?.states ?? []).filter((state) => evolution.nameOf(state.operator, 0) === operator)
    const needed = states.map(({ delta }) => storedUntil(delta)).find((until) => until !== undefined)
    if (needed !== undefined && needed > (applied ?? 0)) {
      return yield* refused(plan, operator, { _tag: "StateLost", applied: applied ?? 0, needed })
    }
    if (needed !== undefined || applied === undefined || applied >= batch || states.length === 0) continue
    const whole = memory.make(memory.plan)
    for (const { delta } of states) whole.restore(readDelta(delta))
    yield* follower.save(operator, batch, whole.snapshot())
  }
})

export const refused = ({ pipeline }: Plan, operator: string | undefined, reason: Reason): StateError =>
  new StateError({ pipeline, operator, path: "the StateStore", reason })
