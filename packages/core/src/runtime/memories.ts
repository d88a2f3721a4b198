/** What the stages of a run remember, and the stores behind it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Memory } from "../kernel/Memory.ts"
import type { Plan, StageMemory } from "../plan/Plan.ts"
import type { OperatorState } from "../store/OperatorState.ts"
import type { StateError } from "../store/StateError.ts"
import { StateStore } from "../store/StateStore.ts"
import { PipelineError } from "./PipelineError.ts"

/** By slot of the stage. */
export type Memories = ReadonlyMap<number, Memory>

/** By slot of the stage: those that a store was opened for. */
export type States = ReadonlyMap<number, OperatorState>

/** A stage that remembers. */
export interface Remembering {
  readonly slot: number
  readonly memory: StageMemory
}

export const rememberingIn = (plan: Plan): ReadonlyArray<Remembering> =>
  plan.stages.flatMap((stage) =>
    stage._tag === "Fused" && stage.memory !== undefined ? [{ slot: stage.slot, memory: stage.memory }] : []
  )

/** Makes the memory of every stage that remembers, over its store where that is read key by key. */
export const makeMemories = (plan: Plan, states: States = new Map()): Memories =>
  new Map(rememberingIn(plan).map(({ memory, slot }) => {
    const stored = states.get(slot)?.keys
    return [slot, memory.make(stored === undefined ? memory.plan : { ...memory.plan, stored })]
  }))

/** What a run without a checkpoint has of the store: all that its operators remember. */
export const openAll = Effect.fnUntraced(function*(plan: Plan) {
  const store = Context.getOption(yield* Effect.context<never>(), StateStore)
  const remembering = rememberingIn(plan)
  // The pipeline's type asks for the service wherever something is remembered.
  if (remembering.length > 0 && Option.isNone(store)) {
    return yield* Effect.die(new Error("A pipeline that remembers runs without a StateStore"))
  }
  const keeps = Option.match(store, { onNone: () => "runs" as const, onSome: ({ keeps }) => keeps })
  const states = Option.isNone(store) ? new Map<number, OperatorState>() : yield* opened(plan, store.value, remembering)
  return { keeps, states }
})

/** What a run with a checkpoint has of it: operators that read key by key. The journal has the others. */
export const openByKey = Effect.fnUntraced(function*(plan: Plan) {
  const store = Context.getOption(yield* Effect.context<never>(), StateStore)
  if (Option.isNone(store) || store.value.keeps === "runs") return new Map<number, OperatorState>()
  const byKey = rememberingIn(plan).filter(({ memory }) => memory.remembered.byKey === true)
  const states = yield* opened(plan, store.value, byKey)
  return new Map([...states].filter(([, { keys }]) => keys !== undefined))
})

const opened = (
  plan: Plan,
  store: StateStore["Service"],
  remembering: ReadonlyArray<Remembering>
): Effect.Effect<States, PipelineError<unknown>, Scope.Scope> =>
  Effect.map(
    Effect.forEach(remembering, ({ memory, slot }) =>
      Effect.map(
        store.open({ pipeline: plan.pipeline, operator: memory.operator }, { byKey: memory.remembered.byKey === true }),
        (state) => [slot, state] as const
      )),
    (entries): States => new Map(entries)
  ).pipe(Effect.mapError((error) => stateFailed(plan, error)))

export const stateFailed = ({ pipeline }: Plan, error: StateError): PipelineError<unknown> =>
  PipelineError.of(pipeline, { _tag: "StateFailed", error })
