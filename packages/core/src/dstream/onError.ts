import { dual } from "effect/Function"
import { type AnyDStream, type DStream, fromNode, type Node } from "./Node.ts"
import type { OnError } from "../kernel/Step.ts"
import type { DeadLetters } from "../store/DeadLetters.ts"

/**
 * What becomes of an item that a step's function throws for. `"fail"`: the batch and the run fail. `"drop"`: it is left
 * out and counted. `"dead-letter"`: it is left out, and kept by the service `DeadLetters`.
 *
 * @category options
 * @since 0.1.0
 */
export type ErrorPolicy = "fail" | "drop" | "dead-letter"

/** What a policy needs. */
export type NeedOf<Policy> = Policy extends "dead-letter" ? DeadLetters : never

/**
 * Says what becomes of an item that the step right before it cannot take: `map`, `filter`, `flatMap`, `mapValues`,
 * `flatMapValues`, `keyBy`, `split`, `mapEffect`, or the decoder of `fromReceiver`. Behind anything else the pipeline is
 * refused. What comes after that step in the chain keeps its own policy, which is `"fail"` where nothing is said.
 *
 * The batch goes on with the next item. A `flatMap` that throws half-way gives nothing. Behind `keyBy` an item is also
 * left out if its key is none that can be grouped by. Behind `mapEffect` it is for every way of failing but
 * interruption. Costs a `try` around that step alone.
 *
 * Dead letters are an output of the batch: with a checkpoint they are neither lost nor doubled. They hold the name and
 * message of the error and the item as JSON, at most 64 KiB of it. A batch with more than 10,000 of them fails. Dropped
 * items are counted in `metrics` and in `millrace_records_dropped_total`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["1", "one", "2"]], (input) =>
 *   input.pipe(DStream.map((text) => JSON.parse(text)), DStream.onError("drop"))))
 * output.map((batch) => batch.items) // => [[1, 2]]
 * ```
 *
 * @category per item
 * @since 0.1.0
 */
export const onError: {
  <Policy extends ErrorPolicy>(
    policy: Policy
  ): <A, E, R>(self: DStream<A, E, R>) => DStream<A, E, R | NeedOf<Policy>>
  <A, E, R, Policy extends ErrorPolicy>(
    self: DStream<A, E, R>,
    policy: Policy
  ): DStream<A, E, R | NeedOf<Policy>>
} = dual(2, ({ node }: AnyDStream, policy: ErrorPolicy) => {
  if (!isPolicy(policy)) return refused(node, `${JSON.stringify(policy)} is neither "fail", "drop" nor "dead-letter"`)
  const handled: OnError | undefined = policy === "fail" ? undefined : policy
  if (node._tag === "Step") {
    return fromNode({ ...node, step: { ...node.step, onError: handled, receiver: receiverOf(node) } })
  }
  if (node._tag === "Effect" && node.perItem) return fromNode({ ...node, onError: handled })
  return refused(node, "it stands behind what takes no single items. Put it right behind map, filter, flatMap, " +
    "mapValues, flatMapValues, keyBy, split, mapEffect, or a fromReceiver whose chunks are cut")
})

const isPolicy = (policy: unknown): boolean => policy === "fail" || policy === "drop" || policy === "dead-letter"

/** The receiver whose decoder the step belongs to. */
const receiverOf = (node: Extract<Node, { readonly _tag: "Step" }>): string | undefined => {
  let from: Node = node
  while (from._tag === "Step") from = from.parent
  return from._tag === "Receive" && from.receiver.decoder.steps.includes(node.step) ? from.receiver.name : undefined
}

/** What is wrong is listed with everything else that is wrong with the pipeline. */
const refused = (parent: Node, problem: string): AnyDStream =>
  fromNode({
    _tag: "Batch",
    op: "onError",
    parents: [parent],
    f: (items) => items,
    keys: "kept",
    problems: [{ option: "policy", problem }]
  })
