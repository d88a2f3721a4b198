/** The options that operators with state per key have in common, and what becomes of them. */
import type * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { Encoded } from "../batch/Key.ts"
import { wholeMillis } from "../batch/interval.ts"
import { KeyedState } from "../kernel/KeyedState.ts"
import type { MemoryPlan } from "../kernel/Memory.ts"
import { codecOf } from "./jsonCodec.ts"
import type { OptionProblem } from "./Node.ts"

/**
 * A key as `keyBy` gave it, before it was marked as encoded.
 *
 * @category models
 * @since 0.1.0
 */
export type Bare<K> = K extends Encoded<infer Structural> ? Structural : K

/**
 * How many keys an operator may remember.
 *
 * @category options
 * @since 0.1.0
 */
export interface BoundOptions {
  /** Defaults to 10,000,000. */
  readonly maxKeys?: number | undefined
  /**
   * What happens when a key comes and `maxKeys` are remembered. `"fail"`, the default, fails the run with a
   * `TooManyKeys`. `"expireOldest"` forgets the key whose last update is longest ago, among equals the one that came
   * first.
   */
  readonly onMaxKeys?: "fail" | "expireOldest" | undefined
}

/**
 * What all operators with state per key can be told.
 *
 * @category options
 * @since 0.1.0
 */
export interface KeyedStateOptions<K, S> extends BoundOptions {
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

const defaultMaxKeys = 10_000_000

/** Makes the state of an operator, for each run anew. */
export const keyedStateOf = (
  options: AnyKeyedOptions,
  state: Schema.Codec<unknown, unknown>,
  timeout?: Duration.Input | undefined
): ((plan: MemoryPlan) => KeyedState) => {
  const initial = options.initialState === undefined ? undefined : Array.from(options.initialState)
  return ({ encode, slideMillis }) => {
    const states = codecOf(state)
    const keys = encode === undefined || options.key === undefined ? undefined : codecOf(options.key)
    return new KeyedState({
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
      slideMillis,
      timeoutMillis: timeout === undefined ? undefined : Result.getOrUndefined(wholeMillis(timeout))
    })
  }
}

/** What is wrong with bounds. */
export const boundProblems = ({ maxKeys }: BoundOptions): ReadonlyArray<OptionProblem> =>
  atLeastOne("maxKeys", maxKeys)

export const atLeastOne = (option: string, n: number | undefined): ReadonlyArray<OptionProblem> =>
  n === undefined || (Number.isSafeInteger(n) && n >= 1)
    ? []
    : [{ option, problem: `${n} is not a whole number of at least 1` }]

export const durationProblems = (option: string, input: Duration.Input | undefined): ReadonlyArray<OptionProblem> => {
  const result = input === undefined ? Result.succeed(1) : wholeMillis(input)
  return Result.isSuccess(result) ? [] : [{ option, problem: result.failure }]
}
