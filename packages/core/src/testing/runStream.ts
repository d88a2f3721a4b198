/** One stream between scripted inputs and a list of what it emits. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Batch } from "../batch/Batch.ts"
import { parentsOf } from "../plan/graph.ts"
import { type AnyDStream, fromNode, type Node } from "../dstream/Node.ts"
import * as DStream from "../DStream.ts"
import * as Pipeline from "../Pipeline.ts"
import * as Receiver from "../Receiver.ts"
import type { PipelineError } from "../runtime/PipelineError.ts"
import { drive } from "./virtual.ts"

export type Inputs = ReadonlyArray<ReadonlyArray<unknown>>

/** Gives one list of items per batch; from one run to the next it goes on where it was. */
export class Script<A> {
  readonly stream: DStream.DStream<A>
  private next = 0

  constructor(name: string, batches: ReadonlyArray<ReadonlyArray<A>>, length: number) {
    this.stream = DStream.fromReceiver(Receiver.perBatch<A>({
      name,
      initialRate: Infinity,
      open: () =>
        Effect.succeed(() =>
          Effect.sync(() => {
            if (this.next >= length) return Option.none()
            const payload = batches[this.next++] ?? []
            return Option.some({ payload, records: payload.length, bytes: 0 })
          })
        )
    }))
  }

  rewind(): void {
    this.next = 0
  }
}

export interface RunOptions {
  readonly batchInterval: Duration.Input
  readonly pipeline: Pipeline.Options
  /** Batches of all legs together. */
  readonly length: number
  /** After how many batches the pipeline is stopped and started again. */
  readonly legs: ReadonlyArray<number>
  /** Gives every operator a second reader, so that none shares a loop with the next. */
  readonly apart?: boolean | undefined
}

/** Runs on the clock of the context, which it turns. */
export const runStream = <B, E, R>(
  stream: DStream.DStream<B, E, R>,
  scripts: ReadonlyArray<Script<unknown>>,
  { apart, batchInterval, legs, length, pipeline: options }: RunOptions
): Effect.Effect<ReadonlyArray<Batch<B>>, PipelineError<E>, R> =>
  Effect.suspend(() => {
    for (const script of scripts) script.rewind()
    const collected: Array<Batch<B>> = []
    const outputs = [
      DStream.foreachBatch(stream, "collected", (batch) => Effect.sync(() => collected.push(batch))),
      ...(apart === true ? secondReaders(stream) : [])
    ]
    const pipeline = Pipeline.make("test", { freezeBatches: true, ...options, batchInterval, outputs })
    const leg = (batches: number) => drive(pipeline, { batches, expected: batches })
    const whole = legs.length === 0
      ? drive(pipeline, { expected: length })
      : Effect.forEach(lengthsOf(legs, length), leg, { discard: true })
    return Effect.as(whole, collected)
  })

/** The last leg takes the rest; legs beyond the end are dropped. */
const lengthsOf = (legs: ReadonlyArray<number>, length: number): ReadonlyArray<number> => {
  const lengths: Array<number> = []
  let left = length
  for (const leg of [...legs, length]) {
    const taken = Math.min(leg, left)
    if (taken > 0) lengths.push(taken)
    left -= taken
  }
  return lengths
}

const secondReaders = <E, R>(stream: DStream.DStream<unknown, E, R>): ReadonlyArray<DStream.Output<E, R>> => {
  const seen = new Set<Node>()
  const left: Array<Node> = [...parentsOf(stream.node)]
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    left.push(...parentsOf(node))
  }
  return [...seen].map((node, index) => {
    const before: AnyDStream = fromNode(node)
    return DStream.foreachBatch(before, `reader ${index + 1}`, () => Effect.void)
  })
}
