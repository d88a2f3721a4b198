/** Dead letters in the memory of the process. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { DeadLetter } from "./DeadLetter.ts"
import { DeadLetters, type Summary } from "./DeadLetters.ts"
import { batchOfGroup, byGroup, defaultLimit, groupName, letterId, parseId, rememberedBatches } from "./letterNames.ts"

type Groups = Map<string, Map<number, DeadLetter>>

/**
 * Keeps dead letters in this process, for tests and for a first try: a process that ends forgets them.
 *
 * ```ts import.meta.vitest
 * import { DeadLetters, DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   yield* TestPipeline.run([["1", "one"]], (input) =>
 *     input.pipe(DStream.map((text) => JSON.parse(text)), DStream.onError("dead-letter")))
 *   const letters = yield* DeadLetters.DeadLetters
 *   return yield* letters.list("test")
 * })
 * const letters = await Effect.runPromise(Effect.provide(program, DeadLetters.layerMemory))
 * letters.map(({ batch, from, name }) => [batch, from, name]) // => [[1, "step", "map"]]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<DeadLetters> = Layer.sync(DeadLetters, () => {
  const pipelines = new Map<string, Groups>()
  const groupsOf = (pipeline: string): Groups => {
    const groups = pipelines.get(pipeline) ?? new Map()
    pipelines.set(pipeline, groups)
    return groups
  }
  return DeadLetters.of({
    write: (pipeline, batch, source, letters) =>
      Effect.sync(() => {
        const groups = groupsOf(pipeline)
        const group = groupName(batch, source)
        if (!groups.has(group)) groups.set(group, new Map(letters.entries()))
      }),
    has: (pipeline, batch, source) => Effect.sync(() => groupsOf(pipeline).has(groupName(batch, source))),
    list: (pipeline, options) =>
      Effect.sync(() => {
        const groups = groupsOf(pipeline)
        const all = [...groups.keys()].sort().flatMap((group) =>
          Array.from(groups.get(group) ?? [], ([index, { payload: _, ...rest }]): Summary => ({
            id: letterId(group, index),
            ...rest
          }))
        )
        return all.slice(Math.max(0, all.length - (options?.limit ?? defaultLimit)))
      }),
    read: (pipeline, id) =>
      Effect.sync(() => {
        const place = parseId(id)
        return Option.fromUndefinedOr(
          place === undefined ? undefined : groupsOf(pipeline).get(place.group)?.get(place.index)
        )
      }),
    remove: (pipeline, ids) =>
      Effect.sync(() => {
        const groups = groupsOf(pipeline)
        let removed = 0
        for (const [group, indices] of byGroup(ids)) {
          for (const index of indices) if (groups.get(group)?.delete(index) === true) removed++
        }
        prune(groups)
        return removed
      })
  })
})

const prune = (groups: Groups): void => {
  const newest = Math.max(0, ...Array.from(groups.keys(), (group) => batchOfGroup(group) ?? 0))
  for (const [group, letters] of groups) {
    if (letters.size === 0 && (batchOfGroup(group) ?? 0) < newest - rememberedBatches) groups.delete(group)
  }
}
