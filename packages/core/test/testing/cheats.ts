/** A law that cannot fail is worth nothing: each is tried on something that breaks it. */
import { assert, it } from "@effect/vitest"
import type { Law } from "@millrace/core/testing"
import { Effect } from "effect"

export const keep = (title: string, laws: ReadonlyArray<Law.Law>): void => {
  for (const law of laws) it.effect(`${title}: ${law.name}`, () => law.check)
}

/** The law of that name breaks, shows the smallest input, and breaks again for the token alone. */
export const breaks = (
  title: string,
  laws: ReadonlyArray<Law.Law>,
  name: string,
  why: string,
  counterexample?: unknown
): void => {
  it.effect(`${title} breaks: ${name}`, () =>
    Effect.gen(function*() {
      const law = laws.find((law) => law.name === name)
      assert(law !== undefined, `no law is called ${name}`)
      const broken = yield* Effect.flip(law.check)
      assert.include(broken.why, why)
      assert.include(broken.message, name)
      if (counterexample !== undefined) assert.deepStrictEqual(broken.counterexample, counterexample)
      const again = yield* Effect.flip(law.replay(broken.replay))
      assert.deepStrictEqual([again.why, again.counterexample], [broken.why, broken.counterexample])
    }))
}
