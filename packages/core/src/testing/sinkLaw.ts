/** The laws of sinks, one by one. */
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Formatter from "effect/Formatter"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { type Batch, make as makeBatch } from "../batch/Batch.ts"
import type * as BatchSink from "../dstream/BatchSink.ts"
import * as Law from "./Law.ts"
import { makeSoon } from "./reading.ts"

/**
 * An empty place, the sink that writes to it, and what a reader finds there.
 *
 * @category models
 * @since 0.1.0
 */
export interface Place<in A, out E = never, out R = never> {
  readonly sink: BatchSink.BatchSink<A, E, R>
  readonly read: Effect.Effect<ReadonlyArray<unknown>>
}

/**
 * What is tested.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<A, out E, out R, out R2> extends Law.Options {
  readonly commitClass: BatchSink.CommitClass
  readonly item: Arbitrary.Arbitrary<A>
  /** Prepares a fresh place. */
  readonly make: Effect.Effect<Place<A, E, R>, never, R2>
  /** What a reader finds when these batches of one output were committed. Defaults to all their items, joined. */
  readonly holds?: ((batches: ReadonlyArray<Batch<A>>) => ReadonlyArray<unknown>) | undefined
  /** Set where a reader finds things in no particular order. Defaults to false. */
  readonly unordered?: boolean | undefined
}

/** What a law does with a place. */
interface Bench<A, E, R> {
  readonly batches: ReadonlyArray<Batch<A>>
  /** A number below 10, for what the law varies. */
  readonly choice: number
  readonly open: (
    epoch: number,
    output?: string
  ) => Effect.Effect<BatchSink.Writer<A, E, R>, Law.Difference, R | Scope.Scope>
  readonly commit: (writer: BatchSink.Writer<A, E, R>, batch: Batch<A>) => Effect.Effect<void, Law.Difference, R>
  /** Compares with what a reader finds, when these are the batches that count, of any outputs. */
  readonly holds: (
    why: string,
    ...outputs: ReadonlyArray<ReadonlyArray<Batch<A>>>
  ) => Effect.Effect<void, Law.Difference>
}

const pipeline = "laws"

const choices = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })))

const make = <A, E, R, R2>(
  name: string,
  options: Options<A, E, R, R2>,
  property: (bench: Bench<A, E, R>) => Effect.Effect<void, Law.Difference, R | Scope.Scope>
): Law.Law<Exclude<R | R2, Scope.Scope>> => {
  const items = Arbitrary.array(Arbitrary.array(options.item, { maxLength: 5 }), { maxLength: 6 })
  const input = Arbitrary.all([items, choices])
  const soon = makeSoon("the sink")
  return Law.make(name, input, ([items, choice]) => {
    const batches = items.map((of, index) => makeBatch(index + 1, (index + 1) * 1_000, of))
    const tried = Effect.flatMap(options.make, (place) => property(benchOf(options, place, batches, choice)))
    return soon(Effect.scoped(tried))
  }, { ...options, runs: options.runs ?? 50 })
}

const benchOf = <A, E, R, R2>(
  { holds = (batches) => batches.flatMap(({ items }) => items), unordered }: Options<A, E, R, R2>,
  { read, sink }: Place<A, E, R>,
  batches: ReadonlyArray<Batch<A>>,
  choice: number
): Bench<A, E, R> => {
  const sorted = (found: ReadonlyArray<unknown>, anyOrder: boolean) =>
    anyOrder ? found.map((each) => Formatter.format(each)).toSorted() : found
  return {
    batches,
    choice,
    open: (epoch, output = "output") =>
      Effect.mapError(sink.open({ pipeline, output, epoch }), failed("opening failed")),
    commit: (writer, batch) => Effect.mapError(writer.commit(batch), failed("a commit failed")),
    holds: (why, ...outputs) => {
      const anyOrder = unordered === true || outputs.length > 1
      const expected = outputs.flatMap((committed) => holds(committed))
      return Effect.flatMap(read, (found) => Law.same(why, sorted(found, anyOrder), sorted(expected, anyOrder)))
    }
  }
}

const failed = (why: string) => (error: unknown): Law.Difference => ({ why, expected: "no failure", actual: error })

/** Commits in one opening, whose scope then closes. */
const inOneGo = <A, E, R>({ commit, open }: Bench<A, E, R>, epoch: number, batches: ReadonlyArray<Batch<A>>) =>
  Effect.scoped(Effect.flatMap(open(epoch), (writer) =>
    Effect.forEach(batches, (batch) => commit(writer, batch), { discard: true })))

export const keeps = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("holds what was committed", options, (bench) =>
    Effect.gen(function*() {
      yield* bench.holds("something was there before")
      yield* Effect.scoped(bench.open(1))
      yield* bench.holds("opening wrote something", [])
      yield* inOneGo(bench, 2, bench.batches)
      yield* bench.holds("something else is there", bench.batches)
    }))

export const goesOn = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("goes on where it was when it is opened again", options, (bench) =>
    Effect.gen(function*() {
      const { batches, choice } = bench
      yield* inOneGo(bench, 1, batches.slice(0, choice))
      yield* inOneGo(bench, 2, batches.slice(choice))
      yield* bench.holds("something else is there", batches)
    }))

/** The newest batch comes again at once, and once more after the sink was opened again, each time before the next. */
export const repeats = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("a batch that comes again changes nothing", options, (bench) =>
    Effect.gen(function*() {
      const { batches, choice, holds } = bench
      for (const [index, batch] of batches.entries()) {
        const committed = batches.slice(0, index + 1)
        yield* inOneGo(bench, 2 * index + 1, (index + choice) % 2 === 0 ? [batch, batch] : [batch])
        yield* holds("a repeat showed in the same opening", committed)
        yield* inOneGo(bench, 2 * index + 2, [batch])
        yield* holds("a repeat showed after another opening", committed)
      }
    }))

/** Batches of one output have the ids of another's. */
export const apart = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("takes no output for another", options, (bench) =>
    Effect.gen(function*() {
      const { batches, commit, open } = bench
      const left = yield* open(1, "left")
      const right = yield* open(1, "right")
      for (const batch of batches) {
        yield* commit(left, batch)
        yield* commit(right, batch)
      }
      yield* bench.holds("the batches of two outputs are not both there", batches, batches)
    }))

export const knowsNewest = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("knows the newest batch that it holds", options, (bench) =>
    Effect.gen(function*() {
      const { batches, choice, commit, open } = bench
      const known = (writer: BatchSink.Writer<A, E, R>, expected: number) =>
        Effect.flatMap(Effect.mapError(writer.lastCommitted, failed("asking for the newest batch failed")), (newest) =>
          Law.same("another batch is the newest", Option.getOrElse(newest, () => 0), expected))
      const first = yield* open(1)
      yield* known(first, 0)
      for (const batch of batches.slice(0, choice)) {
        yield* commit(first, batch)
        yield* known(first, batch.id)
      }
      yield* known(yield* open(2), Math.min(choice, batches.length))
    }))

/** Whoever is left of an older start can neither write nor come back. */
export const fences = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("an older epoch is refused", options, (bench) =>
    Effect.gen(function*() {
      const { batches, choice, commit, open } = bench
      const done = batches.slice(0, choice)
      const rest = batches.slice(choice)
      const old = yield* open(1)
      yield* Effect.forEach(done, (batch) => commit(old, batch), { discard: true })
      const young = yield* open(2)
      const leftover = rest[0] ?? makeBatch(batches.length + 1, (batches.length + 1) * 1_000, [])
      yield* refused(commit(old, leftover), "a leftover of an older epoch could write")
      yield* bench.holds("a refused batch shows", done)
      const back = Effect.flatMap(open(1), (writer) => commit(writer, leftover))
      yield* refused(Effect.scoped(back), "an older epoch could be opened again and write")
      yield* bench.holds("a refused batch shows", done)
      yield* Effect.forEach(rest, (batch) => commit(young, batch), { discard: true })
      yield* bench.holds("the newest epoch could not go on", batches)
    }))

const refused = <R>(effect: Effect.Effect<void, Law.Difference, R>, why: string) =>
  Effect.flatMap(Effect.exit(effect), (exit) => Law.same(why, Exit.isSuccess(exit), false))

/** Whether it says so or not. */
export const keepsNewest = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("an older batch changes nothing", options, (bench) =>
    Effect.gen(function*() {
      const { batches, choice } = bench
      yield* inOneGo(bench, 1, batches)
      const older = batches[Math.min(choice, batches.length - 2)]
      if (older === undefined || older.id === batches.length) return
      yield* Effect.exit(inOneGo(bench, 1, [older]))
      yield* bench.holds("an older batch shows", batches)
    }))
