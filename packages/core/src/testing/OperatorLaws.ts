/**
 * What an operator, or a chain of them, owes whoever runs it, whatever the input.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Batch } from "../batch/Batch.ts"
import type * as DStream from "../DStream.ts"
import type * as Pipeline from "../Pipeline.ts"
import { StateStore } from "../store/StateStore.ts"
import * as Batches from "./Batches.ts"
import * as Law from "./Law.ts"
import { runStream, Script } from "./runStream.ts"
import * as virtual from "./virtual.ts"

/**
 * What the operator promises beyond what all do, and how hard it is tried.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<in B = never> extends Law.Options, Batches.Options {
  /** Empty batches behind the input, so that windows and timeouts run out. Defaults to 0. */
  readonly runOn?: number | undefined
  /**
   * Declares that it does not matter how the input is cut into batches: `"items"` for the items that come out, joined,
   * or a function of all that comes out, for what stays the same.
   */
  readonly anyCut?: "items" | ((output: Batches.Batches<B>) => unknown) | undefined
  /** The most entries that the operators may remember, all together, after any input. */
  readonly maxEntries?: number | undefined
}

type Build<A, B, E, R> = (input: DStream.DStream<A>) => DStream.DStream<B, E, R>

/**
 * All laws that apply. The services that the stream needs, other than `StateStore`, are left to provide.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { OperatorLaws } from "@millrace/core/testing"
 * import { Arbitrary, Effect, Schema } from "effect"
 *
 * const numbers = Arbitrary.schema(Schema.Int)
 * const laws = OperatorLaws.all((input) => DStream.filter(input, (n) => n > 0), numbers, { anyCut: "items" })
 * laws[1]?.name // => "a restart between any two batches changes nothing"
 * for (const law of laws) await Effect.runPromise(law.check)
 * ```
 *
 * @category laws
 * @since 0.1.0
 */
export const all = <A, B, E, R>(
  build: (input: DStream.DStream<A>) => DStream.DStream<B, E, R>,
  item: Arbitrary.Arbitrary<A>,
  options?: Options<B>
): ReadonlyArray<Law.Law<Exclude<R, StateStore>>> => [
  sameInput(build, item, options),
  anyRestart(build, item, options),
  anyFusion(build, item, options),
  ...(options?.anyCut === undefined ? [] : [anyCut(build, item, options)]),
  ...(options?.maxEntries === undefined ? [] : [bounded(build, item, { ...options, maxEntries: options.maxEntries })])
]

/**
 * Run twice, one stream gives the same twice: nothing is remembered outside the engine.
 *
 * @category laws
 * @since 0.1.0
 */
export const sameInput = <A, B, E, R>(build: Build<A, B, E, R>, item: Arbitrary.Arbitrary<A>, options?: Options<B>) =>
  Law.make("the same input gives the same output", Batches.arbitrary(item, options), (batches) => {
    const trial = new Trial(build, batches, options)
    return Effect.flatMap(trial.run(), (first) =>
      Effect.flatMap(trial.run(), (second) => Law.same("a second run gave something else", second, first)))
  }, options)

/**
 * Stopped and started again with what the store kept, as JSON, it gives what it gives in one run.
 *
 * @category laws
 * @since 0.1.0
 */
export const anyRestart = <A, B, E, R>(build: Build<A, B, E, R>, item: Arbitrary.Arbitrary<A>, options?: Options<B>) =>
  Law.make("a restart between any two batches changes nothing", Batches.withLegs(item, options), ([batches, legs]) => {
    const trial = new Trial(build, batches, options)
    return Effect.flatMap(trial.run(), (whole) =>
      Effect.flatMap(trial.run({ legs }), (parts) =>
        Law.same("a run that was stopped and started again gave something else", parts, whole)))
  }, options)

/**
 * One loop, a loop per operator with arrays between, closures instead of generated code: all give the same.
 *
 * @category laws
 * @since 0.1.0
 */
export const anyFusion = <A, B, E, R>(build: Build<A, B, E, R>, item: Arbitrary.Arbitrary<A>, options?: Options<B>) =>
  Law.make("fused, apart and without generated code it gives the same", Batches.arbitrary(item, options), (batches) => {
    const trial = new Trial(build, batches, options)
    return Effect.flatMap(trial.run(), (fused) =>
      Effect.forEach(ways, ({ why, ...way }) =>
        Effect.flatMap(trial.run(way), (other) => Law.same(why, other, fused)), { discard: true }))
  }, options)

const ways = [
  { why: "without generated code it gave something else", apart: false, backend: "closures" },
  { why: "with a loop per operator it gave something else", apart: true, backend: "generated" },
  { why: "with a loop per operator, without generated code, it gave something else", apart: true, backend: "closures" }
] as const

/**
 * The same items in other batches: what is declared to stay the same does.
 *
 * @category laws
 * @since 0.1.0
 */
export const anyCut = <A, B, E, R>(build: Build<A, B, E, R>, item: Arbitrary.Arbitrary<A>, options?: Options<B>) => {
  const kept = typeof options?.anyCut === "function" ? options.anyCut : (output: Batches.Batches<B>) => output.flat()
  const keptOf = (batches: Batches.Batches<A>) =>
    Effect.map(new Trial(build, batches, options).run(), (output) => kept(output.map(({ items }) => items)))
  const cuts = Batches.twoCuts(item, options)
  return Law.make("cutting the input into other batches changes nothing", cuts, ([left, right]) =>
    Effect.flatMap(keptOf(left), (expected) =>
      Effect.flatMap(keptOf(right), (actual) =>
        Law.same("the second cut gave something else", actual, expected))), options)
}

/**
 * However much comes, what is remembered stays within `maxEntries`.
 *
 * @category laws
 * @since 0.1.0
 */
export const bounded = <A, B, E, R>(
  build: Build<A, B, E, R>,
  item: Arbitrary.Arbitrary<A>,
  options: Options<B> & { readonly maxEntries: number }
) =>
  Law.make(`no more than ${options.maxEntries} entries are remembered`, Batches.arbitrary(item, options), (batches) => {
    const saved = new Map<string, number>()
    const store = Layer.succeed(StateStore, StateStore.of({
      keeps: "runs",
      open: ({ operator }) =>
        Effect.succeed({
          appliedBatch: 0,
          load: Effect.succeed([]),
          apply: () => Effect.void,
          save: (_, { names }) => Effect.sync(() => void saved.set(operator, names.length)),
          isSaveDue: () => false,
          flush: Effect.void,
          keys: undefined
        })
    }))
    return Effect.flatMap(new Trial(build, batches, options).run({ store }), () => {
      const entries = [...saved.values()].reduce((left, right) => left + right, 0)
      return entries <= options.maxEntries
        ? Effect.void
        : Effect.fail({ why: "more is remembered", expected: options.maxEntries, actual: entries })
    })
  }, options)

interface Way {
  readonly legs?: ReadonlyArray<number>
  readonly apart?: boolean
  readonly backend?: NonNullable<Pipeline.Options["backend"]>
  readonly store?: Layer.Layer<StateStore>
}

/** One input, and one stream over it that is run in several ways. */
class Trial<A, B, E, R> {
  private readonly script: Script<A>
  private readonly stream: DStream.DStream<B, E, R>
  private readonly length: number

  constructor(build: Build<A, B, E, R>, batches: Batches.Batches<A>, options: Options<B> | undefined) {
    this.length = batches.length + (options?.runOn ?? 0)
    this.script = new Script("input", batches, this.length)
    this.stream = build(this.script.stream)
  }

  /** Ids are left out: they begin again with every start. */
  run({ apart, backend, legs = [], store = virtual.jsonStore }: Way = {}): Effect.Effect<
    ReadonlyArray<Pick<Batch<B>, "time" | "items">>,
    Law.Difference,
    Exclude<R, StateStore>
  > {
    const { length, script, stream } = this
    const options = { batchInterval: "1 second", pipeline: { backend }, length, legs, apart } as const
    const run = virtual.onVirtualClock<ReadonlyArray<Batch<B>>, unknown, R, never>(
      runStream(stream, [script], options),
      store,
      undefined
    )
    return run.pipe(
      Effect.map((batches) => batches.map(({ items, time }) => ({ time, items }))),
      Effect.mapError((error) => ({ why: "the run failed", expected: "a run to the end", actual: error }))
    )
  }
}
