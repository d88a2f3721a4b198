import { dual } from "effect/Function"
import { type AnyDStream, type DStream, fromNode, type OptionProblem } from "./Node.ts"

/**
 * Cuts every batch into `count` partitions: slices of it, one after the other, as even as can be, some of them empty
 * where items are few. `glom` and `mapPartitions` see them. A batch that was not cut is one partition.
 *
 * Items and their order stay: nothing is shuffled, and keys keep their encoding. Per-item operators keep the cuts, `union`
 * puts the partitions of both streams side by side, and everything else makes one partition again. It does not make a
 * batch run in parallel. `count` must be a whole number from 1 to 100,000, or the pipeline is refused.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2, 3, 4, 5], []], (input) =>
 *   input.pipe(DStream.repartition(2), DStream.map((n) => n * 10), DStream.glom)))
 * output.map((batch) => batch.items) // => [[[10, 20], [30, 40, 50]], [[], []]]
 * ```
 *
 * @category partitions
 * @since 0.1.0
 */
export const repartition: {
  (count: number): <A, E, R>(self: DStream<A, E, R>) => DStream<A, E, R>
  <A, E, R>(self: DStream<A, E, R>, count: number): DStream<A, E, R>
} = dual(2, (self: AnyDStream, count: number) => {
  const problems = problemsOf(count)
  return fromNode({
    _tag: "Batch",
    op: "repartition",
    parents: [self.node],
    f: (items: unknown) => items,
    keys: "kept",
    partitions: problems.length === 0 ? count : 1,
    problems
  })
})

const most = 100_000

const problemsOf = (count: number): ReadonlyArray<OptionProblem> =>
  Number.isSafeInteger(count) && count >= 1 && count <= most
    ? []
    : [{ option: "count", problem: `${String(count)} is not a whole number from 1 to ${most}` }]
