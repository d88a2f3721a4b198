/** Readers as streams of blocks that are read as they are pulled, and as what a range of positions held. */
import { Receiver } from "@millrace/core"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BlockReader, Opening, Span } from "./BlockReader.ts"
import { invalidPath } from "./checked.ts"
import { FilesError, type InvalidOption } from "./FilesError.ts"
import type { Format } from "./Format.ts"
import { Trouble } from "./locate.ts"
import { makeTally, noTally, type Tally } from "./metrics.ts"
import type { PathOptions } from "./Options.ts"

/** How a kind of reading is opened: between two positions, with the bytes that make a block. */
export interface Reading<Chunk, A, P> {
  readonly options: PathOptions
  readonly format: Format<Chunk, A>
  readonly position: Schema.Codec<P, unknown>
  readonly invalid?: InvalidOption | undefined
  /** How long to wait where there is nothing new. */
  readonly pollInterval: Duration.Input
  readonly make: (span: Span<P>, opening: Opening<Chunk>) => Promise<BlockReader<Chunk, P>>
}

const blockBytesDefault = 128 * 1024

/** Any of the readings as a receiver. */
export const receiverOf = <Chunk, A, P>(reading: Reading<Chunk, A, P>): Receiver.Receiver<A, FilesError> =>
  Receiver.make({
    ...reading.options,
    delivery: "Replayable",
    decoder: reading.format.decoder,
    position: reading.position,
    open: (resumeAfter: Option.Option<P>) => read(reading, resumeAfter),
    reread: (range) => reread(reading, range)
  })

/** Looks for the files, and gives what comes after a position. */
const read = <Chunk, A, P>(
  reading: Reading<Chunk, A, P>,
  resumeAfter: Option.Option<P>
): Effect.Effect<Stream.Stream<Receiver.Block<Chunk, P>, FilesError>, FilesError, Scope.Scope> =>
  Effect.gen(function*() {
    const tally = makeTally(reading.options.name, yield* Effect.context())
    const reader = yield* open(reading, { from: Option.getOrUndefined(resumeAfter), until: undefined }, tally)
    return Stream.fromPull(Effect.succeed(
      Effect.flatMap(nextOf(reading, reader), (block) => block === undefined ? Cause.done() : Effect.succeed(Arr.of(block)))
    ))
  })

/** Reads again what lies between two positions. */
const reread = <Chunk, A, P>(
  reading: Reading<Chunk, A, P>,
  { after, until }: Receiver.Range<P>
): Effect.Effect<ReadonlyArray<Chunk>, FilesError> =>
  Effect.scoped(Effect.gen(function*() {
    const reader = yield* open(reading, { from: Option.getOrUndefined(after), until }, noTally)
    const payload: Array<Chunk> = []
    for (;;) {
      const block = yield* nextOf(reading, reader)
      if (block === undefined) return payload
      for (const chunk of block.payload) payload.push(chunk)
    }
  }))

const open = <Chunk, A, P>(
  reading: Reading<Chunk, A, P>,
  span: Span<P>,
  tally: Tally
): Effect.Effect<BlockReader<Chunk, P>, FilesError, Scope.Scope> =>
  Effect.gen(function*() {
    const { format, options } = reading
    const { blockBytes = blockBytesDefault, name, path } = options
    const invalid = invalidPath(options) ?? format.invalid ?? reading.invalid
    if (invalid !== undefined) return yield* new FilesError({ receiver: name, path, reason: invalid })
    const clock = yield* Clock.Clock
    return yield* Effect.acquireRelease(
      attempt(options, async () => reading.make(span, { frame: await format.load(), blockBytes, tally, clock })),
      (reader) => Effect.promise(() => reader.close())
    )
  })

/** The next block, waited for; `undefined` at the end. */
const nextOf = <Chunk, A, P>(
  reading: Reading<Chunk, A, P>,
  reader: BlockReader<Chunk, P>
): Effect.Effect<Receiver.Block<Chunk, P> | undefined, FilesError> =>
  Effect.flatMap(
    Effect.tap(attempt(reading.options, () => reader.next()), () => Effect.sync(() => reader.taken())),
    (next) => {
      if (next !== "idle" && reader.untold.length === 0) return Effect.succeed(next)
      const told = Effect.forEach(
        reader.untold.splice(0),
        (trouble) => Receiver.reportError(errorOf(reading.options, trouble)),
        { discard: true }
      )
      return Effect.andThen(
        told,
        next === "idle"
          ? Effect.andThen(Effect.sleep(reading.pollInterval), Effect.suspend(() => nextOf(reading, reader)))
          : Effect.succeed(next)
      )
    }
  )

const errorOf = ({ name }: PathOptions, { path, reason }: Trouble): FilesError => new FilesError({ receiver: name, path, reason })

const attempt = <A>(options: PathOptions, work: () => Promise<A>): Effect.Effect<A, FilesError> =>
  Effect.catchDefect(Effect.promise(work), (defect) =>
    defect instanceof Trouble ? Effect.fail(errorOf(options, defect)) : Effect.die(defect))
