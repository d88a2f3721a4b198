/** What the options of windows have in common, and what becomes of them. */
import type * as Duration from "effect/Duration"
import type * as Schema from "effect/Schema"
import type { KeyBound } from "../kernel/KeyBound.ts"
import { type Bare, defaultMaxKeys } from "./KeyedOptions.ts"

/**
 * Where a window lies. It covers the last `windowDuration` up to the batch that it speaks at, which is every
 * `slideDuration`, counted from the epoch. Both are multiples of the time between the batches of the stream; a pipeline
 * with others is refused when it is compiled.
 *
 * @category options
 * @since 0.1.0
 */
export interface WindowOptions {
  /** Its identity from start to start: stable, unique in the pipeline. */
  readonly name: string
  readonly windowDuration: Duration.Input
  /** Defaults to the time between the batches of the stream. Longer than the window, it leaves gaps. */
  readonly slideDuration?: Duration.Input | undefined
}

/**
 * How a window writes its keys down.
 *
 * @category options
 * @since 0.1.0
 */
export interface WindowKeyOptions<in out K> {
  /** Needed where keys come from `keyBy` with `encode`, and are not primitives. */
  readonly key?: Schema.Codec<Bare<NoInfer<K>>, unknown> | undefined
}

/**
 * How many keys a window may hold.
 *
 * @category options
 * @since 0.1.0
 */
export interface WindowBoundOptions {
  /**
   * One key more fails the run with a `TooManyKeys`. A key counts from its first record until a window is emitted
   * without it. Defaults to 10,000,000.
   */
  readonly maxKeys?: number | undefined
}

/**
 * How the values of a window become one.
 *
 * @category options
 * @since 0.1.0
 */
export interface WindowReduceOptions<in out V> {
  /** Writes values down, so that a pipeline that starts again has its window. */
  readonly value: Schema.Codec<V, unknown>
  /** Associative. */
  readonly reduce: (left: NoInfer<V>, right: NoInfer<V>) => NoInfer<V>
  /** Takes `left` off `total`, where `left` is the older part of what `total` was combined from. */
  readonly inverse?: ((total: NoInfer<V>, left: NoInfer<V>) => NoInfer<V>) | undefined
  /** What happens where Spark differs on purpose; it only does with an `inverse`. */
  readonly semantics?: "millrace" | "spark" | undefined
}

export const durationsOf = ({ slideDuration, windowDuration }: WindowOptions) => ({ windowDuration, slideDuration })

export const boundOf = ({ maxKeys, name }: WindowBoundOptions & { readonly name: string }): KeyBound => ({
  operator: name,
  maxKeys: maxKeys ?? defaultMaxKeys
})
