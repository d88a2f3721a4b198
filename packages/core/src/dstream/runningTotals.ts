/** What the running operators are made of. */
import type * as Duration from "effect/Duration"
import type * as Schema from "effect/Schema"
import type { AnyFunction } from "../kernel/Step.ts"
import { TotalMemory } from "../kernel/TotalMemory.ts"
import { type AnyKeyedOptions, boundProblems, durationProblems, keyStatesOf, refusalOf } from "./KeyedOptions.ts"
import { type AnyDStream, remember } from "./Node.ts"
import { stateful } from "./Stateful.ts"

interface AnyRunningOptions extends AnyKeyedOptions {
  readonly timeout?: Duration.Input | undefined
  readonly emit?: "changed" | "all" | undefined
}

export const runningTotals = (
  self: AnyDStream,
  op: string,
  options: AnyRunningOptions,
  state: Schema.Codec<unknown, unknown>,
  first: AnyFunction,
  merge: AnyFunction
) => {
  const stateOf = keyStatesOf(options, state, options.timeout)
  return stateful(remember(self, {
    op,
    name: options.name,
    keyed: true,
    keepsKeys: true,
    onMaxKeys: refusalOf(options),
    problems: [...boundProblems(options), ...durationProblems("timeout", options.timeout)],
    remembered: { state, key: options.key, byKey: true },
    make: (plan) => new TotalMemory(stateOf(plan), first, merge, options.emit === "all")
  }))
}
