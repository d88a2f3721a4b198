/** The laws of receivers, one by one. */
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Receiver from "../dstream/Receiver.ts"
import { codecOf } from "../dstream/jsonCodec.ts"
import * as Law from "./Law.ts"
import { type Block, type Reader, makeSoon, opened, readBlocks, readRecords, recordsOf, settled } from "./reading.ts"
/**
 * A source that holds the records of a law, and the receiver that reads it. What an `Unreplayable` receiver has read,
 * or an `Acknowledged` one has acknowledged, is gone from the source; otherwise every opening sees the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface Source<out E = never, out R = never> {
  readonly receiver: Receiver.Receiver<unknown, E, R>
  /** How many records were taken from the source so far. */
  readonly taken?: Effect.Effect<number> | undefined
  /** How many connections, files or iterators are open. */
  readonly open?: Effect.Effect<number> | undefined
}

/**
 * What is tested.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<A, out E, out R, out R2> extends Law.Options {
  readonly delivery: Receiver.Delivery
  readonly item: Arbitrary.Arbitrary<A>
  /** Prepares a fresh source with these records and no more; its receiver ends after them, unless it is `endless`. */
  readonly make: (records: ReadonlyArray<A>) => Effect.Effect<Source<E, R>, never, R2>
  /** How many records there are at most. More than a few blocks of them say the most. Defaults to 50. */
  readonly maxRecords?: number | undefined
  /** How many records may have been read from the source and not handed over. Defaults to 0. */
  readonly ahead?: number | undefined
  /** What no source of this kind can tell; the laws that need it are left out. Defaults to nothing. */
  readonly unobservable?: ReadonlyArray<"taken" | "open"> | undefined
  /**
   * Set for a receiver that waits for more for ever, as one that listens does: it is read until the records have come,
   * and a moment longer. Defaults to false.
   */
  readonly endless?: boolean | undefined
}

const make = <A, E, R, R2>(
  name: string,
  options: Options<A, E, R, R2>,
  property: (
    source: Source<E, R>,
    records: ReadonlyArray<A>,
    choice: number
  ) => Effect.Effect<void, Law.Difference, R | Scope.Scope>
): Law.Law<Exclude<R | R2, Scope.Scope>> => {
  const choice = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })))
  const soon = makeSoon("the receiver")
  const records = Arbitrary.array(options.item, { maxLength: options.maxRecords ?? 50 })
  return Law.make(name, Arbitrary.all([records, choice]), ([records, choice]) =>
    soon(Effect.scoped(Effect.flatMap(options.make(records), (source) => property(source, records, choice)))), {
    ...options,
    runs: options.runs ?? 50
  })
}

/** Opens, reads `records` to the end and closes. */
const readOnce = <A, E, R, R2>(
  { endless }: Options<A, E, R, R2>,
  { receiver }: Source<E, R>,
  records: number,
  resumeAfter?: Option.Option<unknown>
) =>
  Effect.scoped(Effect.flatMap(opened(receiver, resumeAfter), (reader) =>
    endless === true ? readRecords(reader, records) : readBlocks(reader)))

export const handsOver = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make(`hands over every record once and in order${options.endless === true ? "" : ", and ends"}`, options, (source, records) =>
    Effect.gen(function*() {
      yield* Law.same("it says another delivery class", source.receiver.delivery, options.delivery)
      const blocks = yield* readOnce(options, source, records.length)
      yield* Law.same("other records came", recordsOf(source.receiver, blocks), records)
    }))

export const sizes = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("says how many records a block holds", options, (source, records) =>
    Effect.flatMap(readOnce(options, source, records.length), (blocks) =>
      Effect.forEach(blocks, (block) =>
        Effect.andThen(
          Law.same("a block says a wrong number", block.records, recordsOf(source.receiver, [block]).length),
          Law.same("bytes are a number from 0 on", Number.isFinite(block.bytes) && block.bytes >= 0, true)
        ), { discard: true })))

/** At its end, when it is given up half way, and when it is interrupted while it is read. */
export const releases = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("keeps nothing open that nobody reads", options, (source, records, choice) =>
    Effect.gen(function*() {
      const open = source.open ?? unprobed("open")
      const left = Effect.andThen(settled, open)
      const closed = (why: string) => Effect.flatMap(left, (left) => Law.same(why, left, 0))
      yield* closed("it was open before anybody opened it")
      yield* readOnce(options, source, records.length)
      yield* closed("it stayed open after its end")
      const half = (reader: Reader) => readBlocks(reader, choice, Math.ceil(records.length / 2))
      yield* Effect.scoped(Effect.flatMap(opened(source.receiver), half))
      yield* closed("it stayed open when it was given up")
      // Detached, so that one that cannot be interrupted holds nobody up.
      const fiber = yield* Effect.forkDetach(readOnce(options, source, records.length), { startImmediately: true })
      yield* Effect.forEach(Array.from({ length: choice }), () => Effect.yieldNow, { discard: true })
      yield* Fiber.interrupt(fiber)
      yield* closed("it stayed open when it was interrupted")
    }))

const unprobed = (probe: "taken" | "open") =>
  Effect.fail<Law.Difference>({
    why: `the source does not say: give it \`${probe}\`, or name that as unobservable`,
    expected: "a probe",
    actual: undefined
  })

/** After each of the first few blocks. */
export const waits = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("reads no further than it is pulled", { ...options, runs: options.runs ?? 20 }, (source, records, choice) =>
    Effect.gen(function*() {
      const taken = source.taken ?? unprobed("taken")
      const ahead = options.ahead ?? 0
      const reader = yield* opened(source.receiver)
      let handedOver = 0
      const isOver = () => options.endless === true && handedOver >= records.length
      for (let pulls = 0; pulls <= choice && !isOver(); pulls++) {
        yield* settled
        const most = handedOver + ahead
        const read = yield* taken
        if (read > most) {
          const why = "more was read than was asked for"
          return yield* Effect.fail<Law.Difference>({ why, expected: most, actual: read })
        }
        const blocks = yield* reader
        if (Option.isNone(blocks)) return
        handedOver += recordsOf(source.receiver, blocks.value).length
      }
    }))

export const begins = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("begins at the beginning without a position", options, (source, records, choice) =>
    Effect.gen(function*() {
      yield* Effect.scoped(Effect.flatMap(opened(source.receiver), (reader) => readBlocks(reader, choice, records.length)))
      const again = recordsOf(source.receiver, yield* readOnce(options, source, records.length))
      yield* Law.same("a second opening gave other records", again, records)
    }))

/** Positions go through their codec and JSON on the way, as they do in a checkpoint. */
export const resumes = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("resumes after every position that it gave", options, (source, records) =>
    Effect.gen(function*() {
      const { receiver } = source
      yield* Law.same("it has no codec for positions", receiver.position === undefined, false)
      if (receiver.position === undefined) return
      const { decode, encode } = codecOf(receiver.position)
      const blocks = yield* readOnce(options, source, records.length)
      const positioned = blocks.flatMap(({ resumeAfter }, index) =>
        resumeAfter === undefined ? [] : [{ index, resumeAfter }])
      yield* Law.same("no block has a position", positioned.length === 0 && records.length > 0, false)
      for (const { index, resumeAfter } of spread(positioned)) {
        const position: unknown = decode(JSON.parse(JSON.stringify(encode(resumeAfter))))
        const before = recordsOf(receiver, blocks.slice(0, index + 1)).length
        const rest = yield* readOnce(options, source, records.length - before, Option.some(position))
        yield* Law.same(`it went on wrongly after block ${index + 1}`, recordsOf(receiver, rest), records.slice(before))
      }
    }))

/** The same chunks, not only the same records, where the receiver can read ranges at all. */
export const rereads = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("reads again what it gave between two positions", options, (source, records) =>
    Effect.gen(function*() {
      const { position, reread } = source.receiver
      if (position === undefined || reread === undefined) return
      const { decode, encode } = codecOf(position)
      const written = (resumeAfter: unknown): unknown => decode(JSON.parse(JSON.stringify(encode(resumeAfter))))
      const blocks = yield* readOnce(options, source, records.length)
      const ends = blocks.flatMap(({ resumeAfter }, index) => resumeAfter === undefined ? [] : [{ index, resumeAfter }])
      for (const until of spread(ends)) {
        for (const after of [undefined, ends.findLast(({ index }) => index < until.index), ends[0]]) {
          if (after !== undefined && after.index >= until.index) continue
          const range = {
            after: after === undefined ? Option.none() : Option.some(written(after.resumeAfter)),
            until: written(until.resumeAfter)
          }
          const payload = yield* Effect.mapError(Effect.scoped(reread(range)), failed)
          const given = recordsOf(source.receiver, blocks.slice((after?.index ?? -1) + 1, until.index + 1))
          const found = recordsOf(source.receiver, [{ payload, records: 0, bytes: 0 }])
          yield* Law.same(`it read other records up to block ${until.index + 1}`, found, given)
        }
      }
    }))

const failed = (actual: unknown): Law.Difference => ({ why: "a range could not be read", expected: "no failure", actual })

/** The first, the last, and some between. */
const spread = <P>(all: ReadonlyArray<P>): ReadonlyArray<P> => {
  const step = Math.max(1, Math.floor(all.length / 5))
  return all.filter((_, index) => index % step === 0 || index === all.length - 1)
}

/** Of the blocks that were read a first part is acknowledged, then the reader is gone. */
export const sendsAgain = <A, E, R, R2>(options: Options<A, E, R, R2>) =>
  make("sends again what was not acknowledged, and nothing that was", options, (source, records, choice) =>
    Effect.gen(function*() {
      const { receiver } = source
      const safe: ReadonlyArray<Block> = yield* Effect.scoped(Effect.gen(function*() {
        const blocks = yield* readBlocks(yield* opened(receiver), choice, records.length)
        const some = blocks.slice(0, Math.ceil(blocks.length / 2))
        for (const { acknowledge, records } of some) {
          yield* Law.same("a block cannot be acknowledged", acknowledge === undefined && records > 0, false)
          if (acknowledge !== undefined) yield* acknowledge
        }
        return some
      }))
      const rest = records.slice(recordsOf(receiver, safe).length)
      yield* Law.same("other records came again", recordsOf(receiver, yield* readOnce(options, source, rest.length)), rest)
    }))
