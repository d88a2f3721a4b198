import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import type { BatchTime } from "../batch/BatchTime.ts"
import type { Delta, Memory } from "../kernel/Memory.ts"
import type { AnyFunction } from "../kernel/Step.ts"
import type { StateStore } from "../store/StateStore.ts"
import { codecOf, type JsonCodec } from "./jsonCodec.ts"
import { type AnyDStream, type DStream, type Item, remember } from "./Node.ts"

/**
 * What `scan` folds with.
 *
 * @category options
 * @since 0.1.0
 */
export interface ScanOptions<in out A, in out S, out B> {
  /** Its identity from start to start: stable, unique in the pipeline. */
  readonly name: string
  readonly state: Schema.Codec<S, unknown>
  readonly initial: NoInfer<S>
  /** The next state and what to emit for this item; without a second element nothing is emitted. */
  readonly step: (state: NoInfer<S>, item: A, time: BatchTime) => readonly [state: NoInfer<S>, emit?: B]
}

/**
 * Folds over all items of all batches, with one state that is not keyed, and emits what `step` says for each item.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2], [], [3]], (input) =>
 *   DStream.scan(input, {
 *     name: "sum",
 *     state: Schema.Number,
 *     initial: 0,
 *     step: (sum, n) => [sum + n, sum + n]
 *   })))
 * output.map((batch) => batch.items) // => [[1, 3], [], [6]]
 * ```
 *
 * @category state
 * @since 0.1.0
 */
export const scan: {
  <A, S, B extends Item>(
    options: ScanOptions<A, S, B>
  ): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R | StateStore>
  <A, E, R, S, B extends Item>(
    self: DStream<A, E, R>,
    options: ScanOptions<A, S, B>
  ): DStream<B, E, R | StateStore>
} = dual(2, (self: AnyDStream, options: ScanOptions<unknown, unknown, unknown>) =>
  remember(self, {
    op: "scan",
    name: options.name,
    keyed: false,
    remembered: { state: options.state },
    make: () => new ScanMemory(options.initial, options.step, codecOf(options.state))
  }))

class ScanMemory implements Memory {
  private state: unknown
  private before: unknown
  private time = 0
  private out: Array<unknown> = []
  private readonly step: AnyFunction
  private readonly encode: AnyFunction
  private readonly decode: AnyFunction

  constructor(initial: unknown, step: AnyFunction, { decode, encode }: JsonCodec) {
    this.state = this.before = initial
    this.step = step
    this.encode = encode
    this.decode = decode
  }

  begin({ time }: { readonly time: number }): void {
    this.time = time
    this.out = []
  }

  add(item: unknown): void {
    const result = this.step(this.state, item, this.time)
    this.state = result[0]
    if (result.length > 1) this.out.push(result[1])
  }

  finish(): ReadonlyArray<unknown> {
    return this.out
  }

  delta(): Delta {
    return this.state === this.before ? { removed: [], names: [], values: [] } : this.snapshot()
  }

  commit(): void {
    this.before = this.state
  }

  rollback(): void {
    this.state = this.before
  }

  snapshot(): Delta {
    return { removed: [], names: ["state"], values: [this.encode(this.state)] }
  }

  restore({ names, values }: Delta): void {
    if (names.length > 0) this.state = this.before = this.decode(values[0])
  }
}
