/** The options that operators with state per key have in common, and what becomes of them. */
import type * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { Encoded } from "../batch/Key.ts"
import { wholeMillis } from "../batch/interval.ts"
import { KeyedState } from "../kernel/KeyedState.ts"
import type { KeyedRules } from "../kernel/KeyedRules.ts"
import type { KeyStates } from "../kernel/KeyStates.ts"
import type { MemoryPlan } from "../kernel/Memory.ts"
import { StoredState } from "../kernel/StoredState.ts"
import type { OnError } from "../kernel/Step.ts"
import { codecOf } from "./jsonCodec.ts"
import type { OptionProblem } from "./Node.ts"

/**
 * A key as `keyBy` gave it, before it was marked as encoded.
 *
 * @category models
 * @since 0.1.0
 */
export type Bare<K> = K extends Encoded<infer Structural> ? Structural : K

/** @since 0.1.0 */
export type OnMaxKeys = "fail" | "expireOldest" | "dead-letter"

/**
 * How many keys an operator may remember.
 *
 * @category options
 * @since 0.1.0
 */
export interface BoundOptions<out Full extends OnMaxKeys = OnMaxKeys> {
  /** Defaults to 10,000,000. */
  readonly maxKeys?: number | undefined
  /**
   * What happens when a key comes and `maxKeys` are remembered. `"fail"`, the default, fails the run with a
   * `TooManyKeys`. `"expireOldest"` forgets the key whose last update is longest ago, among equals the one that came
   * first. `"dead-letter"` sets the record with that key aside, as `onError("dead-letter")` does.
   */
  readonly onMaxKeys?: Full | undefined
}

/**
 * What all operators with state per key can be told.
 *
 * @category options
 * @since 0.1.0
 */
export interface KeyedStateOptions<K, S, out Full extends OnMaxKeys = OnMaxKeys> extends BoundOptions<Full> {
  /** Its identity from start to start: stable, unique in the pipeline. */
  readonly name: string
  readonly state: Schema.Codec<S, unknown>
  /** Writes structural keys down. Needed where keys come from `keyBy` with `encode`, of no use elsewhere. */
  readonly key?: Schema.Codec<Bare<NoInfer<K>>, unknown> | undefined
  /** State that keys have before the first batch, unless the pipeline was started before. Of two for one key the last. */
  readonly initialState?: Iterable<readonly [Bare<NoInfer<K>>, NoInfer<S>]> | undefined
}

/** Options whose types were checked when the operator was called. */
export interface AnyKeyedOptions extends BoundOptions {
  readonly name: string
  readonly key?: Schema.Codec<unknown, unknown> | undefined
  readonly initialState?: Iterable<readonly [unknown, unknown]> | undefined
}

export const defaultMaxKeys = 10_000_000

/** Makes the state of an operator that holds all of it in memory, for each run anew. */
export const keyedStateOf = (
  options: AnyKeyedOptions,
  state: Schema.Codec<unknown, unknown>
): ((plan: MemoryPlan) => KeyedState) => {
  const made = madeWith(options, state, undefined)
  return (plan) => new KeyedState(made(plan))
}

/** As `keyedStateOf`, for an operator that can leave its keys to a store: where the plan has one, it does. */
export const keyStatesOf = (
  options: AnyKeyedOptions,
  state: Schema.Codec<unknown, unknown>,
  timeout: Duration.Input | undefined
): ((plan: MemoryPlan) => KeyStates) => {
  const made = madeWith(options, state, timeout)
  return (plan) => plan.stored === undefined ? new KeyedState(made(plan)) : new StoredState(made(plan), plan.stored)
}

const madeWith = (
  options: AnyKeyedOptions,
  state: Schema.Codec<unknown, unknown>,
  timeout: Duration.Input | undefined
): ((plan: MemoryPlan) => KeyedRules) => {
  const initial = options.initialState === undefined ? undefined : Array.from(options.initialState)
  return ({ encode }) => {
    const states = codecOf(state)
    const keys = encode === undefined || options.key === undefined ? undefined : codecOf(options.key)
    return {
      operator: options.name,
      codec: {
        encodeState: states.encode,
        decodeState: states.decode,
        encodeKey: keys?.encode,
        decodeKey: keys?.decode
      },
      encode,
      initial,
      maxKeys: options.maxKeys ?? defaultMaxKeys,
      onMaxKeys: options.onMaxKeys ?? "fail",
      timeoutMillis: timeout === undefined ? undefined : Result.getOrUndefined(wholeMillis(timeout))
    }
  }
}

/** What a record meets whose key finds no room, where that is not the end of the batch. */
export const refusalOf = ({ onMaxKeys }: BoundOptions): OnError | undefined =>
  onMaxKeys === "dead-letter" ? onMaxKeys : undefined

/** What is wrong with bounds. */
export const boundProblems = ({ maxKeys }: Pick<BoundOptions, "maxKeys">): ReadonlyArray<OptionProblem> =>
  atLeastOne("maxKeys", maxKeys)

export const atLeastOne = (option: string, n: number | undefined): ReadonlyArray<OptionProblem> =>
  n === undefined || (Number.isSafeInteger(n) && n >= 1)
    ? []
    : [{ option, problem: `${n} is not a whole number of at least 1` }]

export const durationProblems = (option: string, input: Duration.Input | undefined): ReadonlyArray<OptionProblem> => {
  const result = input === undefined ? Result.succeed(1) : wholeMillis(input)
  return Result.isSuccess(result) ? [] : [{ option, problem: result.failure }]
}
