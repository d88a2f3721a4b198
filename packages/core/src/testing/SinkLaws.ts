/**
 * What a sink owes the engine, for the tests of those who write one.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Scope from "effect/Scope"
import type * as Law from "./Law.ts"
import * as laws from "./sinkLaw.ts"

export type { Options, Place } from "./sinkLaw.ts"

/**
 * All laws of the commit class. What an `AtLeastOnce` sink owes is little; of the others each batch has to be there
 * once, whatever is repeated; a `Transactional` one knows its newest batch and refuses older epochs.
 *
 * ```ts import.meta.vitest
 * import { RecordingSink, SinkLaws } from "@millrace/core/testing"
 * import { Arbitrary, Effect, Schema } from "effect"
 *
 * const laws = SinkLaws.all({
 *   commitClass: "AtLeastOnce",
 *   item: Arbitrary.schema(Schema.String),
 *   make: Effect.map(RecordingSink.make<string>({ commitClass: "AtLeastOnce" }), ({ batches, sink }) => ({
 *     sink,
 *     read: Effect.map(batches, (kept) => kept.flatMap((batch) => batch.items))
 *   }))
 * })
 * for (const law of laws) await Effect.runPromise(law.check)
 * laws.map((law) => law.name) // => ["holds what was committed", "goes on where it was when it is opened again"]
 * ```
 *
 * @category laws
 * @since 0.1.0
 */
export const all = <A, E, R, R2>(
  options: laws.Options<A, E, R, R2>
): ReadonlyArray<Law.Law<Exclude<R | R2, Scope.Scope>>> => {
  const { commitClass } = options
  const refusesOlder = commitClass === "Transactional" || commitClass === "VersionedUpsert"
  return [
    laws.keeps(options),
    laws.goesOn(options),
    ...(commitClass === "AtLeastOnce" ? [] : [laws.repeats(options), laws.apart(options)]),
    ...(refusesOlder ? [laws.keepsNewest(options)] : []),
    ...(commitClass === "Transactional" ? [laws.knowsNewest(options), laws.fences(options)] : [])
  ]
}
