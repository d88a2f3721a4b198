import type * as Types from "effect/Types"
import type { AnyDStream, DStream } from "./Node.ts"

const StatefulTypeId = "~@millrace/core/Stateful"

/**
 * A stream whose operator has state per key that can be looked at: `[K, S]`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stateful<out A, out K, out S, out E = never, out R = never> extends DStream<A, E, R> {
  readonly [StatefulTypeId]: { readonly _K: Types.Covariant<K>; readonly _S: Types.Covariant<S> }
}

const variance = { _K: (_: never) => _, _S: (_: never) => _ }

export const stateful = (stream: AnyDStream) => Object.assign(stream, { [StatefulTypeId]: variance } as const)
