/**
 * What a receiver owes the engine, for the tests of those who write one.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Scope from "effect/Scope"
import type * as Law from "./Law.ts"
import * as laws from "./receiverLaw.ts"

export type { Options, Source } from "./receiverLaw.ts"

/**
 * All laws of the delivery class. They read the receiver by hand, without a pipeline.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 * import { ReceiverLaws } from "@millrace/core/testing"
 * import { Arbitrary, Effect, Schema } from "effect"
 *
 * const laws = ReceiverLaws.all({
 *   delivery: "Replayable",
 *   item: Arbitrary.schema(Schema.String),
 *   make: (records) =>
 *     Effect.succeed({ receiver: Receiver.queue({ name: "words" }, records.map((record) => [record])) }),
 *   unobservable: ["taken", "open"]
 * })
 * for (const law of laws) await Effect.runPromise(law.check)
 * laws[3]?.name // => "resumes after every position that it gave"
 * ```
 *
 * @category laws
 * @since 0.1.0
 */
export const all = <A, E, R, R2>(
  options: laws.Options<A, E, R, R2>
): ReadonlyArray<Law.Law<Exclude<R | R2, Scope.Scope>>> => {
  const observable = (probe: "taken" | "open") => options.unobservable?.includes(probe) !== true
  return [
    laws.handsOver(options),
    laws.sizes(options),
    ...(observable("open") ? [laws.releases(options)] : []),
    ...(observable("taken") ? [laws.waits(options)] : []),
    ...(options.delivery === "Replayable" ? [laws.begins(options), laws.resumes(options), laws.rereads(options)] : []),
    ...(options.delivery === "Acknowledged" ? [laws.sendsAgain(options)] : [])
  ]
}
