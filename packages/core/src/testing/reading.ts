/** Reads a receiver by hand, block after block, as the engine would. */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Receiver from "../dstream/Receiver.ts"
import { makeKernel } from "../kernel/makeKernel.ts"
import type { Difference } from "./Law.ts"

export type Block = Receiver.Block<unknown, unknown>

/** The blocks that come next, or `None` at the end. */
export type Reader = Effect.Effect<Option.Option<ReadonlyArray<Block>>, Difference>

const failed = (error: unknown): Difference => ({ why: "the receiver failed", expected: "no failure", actual: error })

/** Opens a receiver in a scope. A per-batch source is asked for batch after batch. */
export const opened = <A, E, R>(
  { source }: Receiver.Receiver<A, E, R>,
  resumeAfter: Option.Option<unknown> = Option.none()
): Effect.Effect<Reader, Difference, R | Scope.Scope> =>
  source._tag === "Stream"
    ? Effect.flatMap(Effect.mapError(source.open(resumeAfter), failed), (stream) =>
      Effect.map(Stream.toPull(stream), (pull) =>
        pull.pipe(
          Effect.map((blocks): Option.Option<ReadonlyArray<Block>> => Option.some(blocks)),
          Pull.catchDone(() => Effect.succeedNone),
          Effect.mapError(failed)
        )))
    : Effect.map(Effect.mapError(source.open(resumeAfter), failed), (ask) => {
      let time = 0
      return Effect.suspend(() => ask({ time: time += 1_000, maxRecords: Infinity })).pipe(
        Effect.map(Option.map((block): ReadonlyArray<Block> => Arr.of(block))),
        Effect.mapError(failed)
      )
    })

/** Blocks that hold nothing may come, but not for ever. */
const mostEmpty = 10_000

/** All blocks up to the end, or the first `most`, or those that hold the first `records`. */
export const readBlocks = (
  reader: Reader,
  most = Infinity,
  records = Infinity
): Effect.Effect<ReadonlyArray<Block>, Difference> =>
  Effect.gen(function*() {
    const blocks: Array<Block> = []
    let empty = 0
    let held = 0
    while (blocks.length < most && held < records) {
      const next = yield* reader
      if (Option.isNone(next)) break
      blocks.push(...next.value)
      held += next.value.reduce((sum, block) => sum + block.records, 0)
      empty = next.value.some(({ records }) => records > 0) ? 0 : empty + 1
      if (empty > mostEmpty) return yield* endless(`${mostEmpty} empty answers`)
      if (blocks.length > mostBlocks) return yield* endless(`${mostBlocks} blocks`)
    }
    return blocks
  })

/** The blocks that hold so many records, of a receiver that does not end; and what comes when nothing more shall. */
export const readRecords = (reader: Reader, records: number): Effect.Effect<ReadonlyArray<Block>, Difference> =>
  Effect.flatMap(readBlocks(reader, Infinity, records), (blocks) =>
    Effect.map(Effect.raceFirst(reader, Effect.as(settled, Option.none())), (more) => [
      ...blocks,
      ...Option.getOrElse(more, () => [])
    ]))

const mostBlocks = 100_000

const endless = (actual: string) =>
  Effect.fail<Difference>({ why: "the receiver does not end", expected: "an end", actual })

/** What the engine would make of the blocks. */
export const recordsOf = <A, E, R>(
  receiver: Receiver.Receiver<A, E, R>,
  blocks: ReadonlyArray<Block>
): ReadonlyArray<unknown> => {
  const kernel = makeKernel(receiver.decoder.steps, { op: "collect" }, undefined, "closures")
  const accumulator = kernel.begin()
  for (const { payload } of blocks) kernel.run(payload, 0, payload.length, accumulator)
  return kernel.finish(accumulator)
}

const onRealTime = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(effect, Clock.Clock, Clock.Clock.defaultValue())

/** Time for what goes on in the background, whichever clock is in the context. */
export const settled: Effect.Effect<void> = onRealTime(Effect.sleep("3 millis"))

/**
 * What hangs is a difference too, on the real clock. After the first hang others are given less time: a law that
 * shrinks its input would wait for each smaller one as long.
 */
export const makeSoon = (what: string) => {
  let patienceMillis = 5_000
  return <A, R>(effect: Effect.Effect<A, Difference, R>): Effect.Effect<A, Difference, R> =>
    Effect.raceFirst(
      effect,
      Effect.suspend(() => {
        const waited = patienceMillis
        return Effect.flatMap(onRealTime(Effect.sleep(waited)), () => {
          patienceMillis = 200
          const expected = `an end within ${waited} ms`
          return Effect.fail<Difference>({ why: `${what} hangs`, expected, actual: "none" })
        })
      })
    )
}
