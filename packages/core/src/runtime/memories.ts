/** What the stages of a run remember: made, taken back from the store, and given to it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Memory } from "../kernel/Memory.ts"
import type { Plan } from "../plan/Plan.ts"
import { StateStore } from "../store/StateStore.ts"

/** By slot of the stage. */
export type Memories = ReadonlyMap<number, Memory>

/**
 * Makes the memory of every stage that remembers, restores it, and saves it when the scope closes, as it was after the
 * last batch that was delivered.
 */
export const openMemories = Effect.fnUntraced(function*(plan: Plan) {
  const memories = new Map<number, Memory>()
  const store = Context.getOption(yield* Effect.context<never>(), StateStore)
  for (const stage of plan.stages) {
    if (stage._tag !== "Fused" || stage.memory === undefined) continue
    // The pipeline's type asks for the service wherever something is remembered.
    if (Option.isNone(store)) return yield* Effect.die(new Error("A pipeline that remembers runs without a StateStore"))
    const { make, operator, plan: memoryPlan } = stage.memory
    const identity = { pipeline: plan.pipeline, operator }
    const memory = make(memoryPlan)
    const entries = yield* store.value.load(identity)
    if (entries.length > 0) memory.restore(entries)
    memories.set(stage.slot, memory)
    yield* Effect.addFinalizer(() => Effect.suspend(() => store.value.save(identity, memory.snapshot())))
  }
  return memories
})
