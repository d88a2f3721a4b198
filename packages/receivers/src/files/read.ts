/** Files as a stream of blocks that is read as it is pulled, and as what a range of positions held. */
import type { Receiver } from "@millrace/core"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { invalidOption } from "./checked.ts"
import { decodeAs } from "./decode.ts"
import { FilesError } from "./FilesError.ts"
import { LineReader, type Span } from "./LineReader.ts"
import { locate, Trouble } from "./locate.ts"
import { makeTally, noTally, type Tally } from "./metrics.ts"
import type { LineOptions } from "./Options.ts"
import type { Position } from "./Position.ts"

const blockBytesDefault = 128 * 1024

/** Looks for the files, and gives what comes after a position. */
export const read = (
  options: LineOptions,
  resumeAfter: Option.Option<Position>
): Effect.Effect<Stream.Stream<Receiver.Block<string, Position>, FilesError>, FilesError, Scope.Scope> =>
  Effect.gen(function*() {
    const tally = makeTally(options.name, yield* Effect.context())
    const reader = yield* open(options, { from: Option.getOrUndefined(resumeAfter), until: undefined }, tally)
    return Stream.fromPull(Effect.succeed(
      Effect.flatMap(nextOf(options, reader), (block) => block === undefined ? Cause.done() : Effect.succeed(Arr.of(block)))
    ))
  })

/** Reads again what lies between two positions. */
export const reread = (
  options: LineOptions,
  { after, until }: Receiver.Range<Position>
): Effect.Effect<ReadonlyArray<string>, FilesError> =>
  Effect.scoped(Effect.gen(function*() {
    const reader = yield* open(options, { from: Option.getOrUndefined(after), until }, noTally)
    const payload: Array<string> = []
    for (;;) {
      const block = yield* nextOf(options, reader)
      if (block === undefined) return payload
      for (const text of block.payload) payload.push(text)
    }
  }))

const open = (options: LineOptions, span: Span, tally: Tally): Effect.Effect<LineReader, FilesError, Scope.Scope> =>
  Effect.gen(function*() {
    const { blockBytes = blockBytesDefault, encoding = "utf8", name, path } = options
    const invalid = invalidOption(options)
    if (invalid !== undefined) return yield* new FilesError({ receiver: name, path, reason: invalid })
    const lines = { ...options, decode: decodeAs(encoding) }
    return yield* Effect.acquireRelease(
      attempt(options, async () => new LineReader(await locate(options), span, lines, blockBytes, tally)),
      (reader) => Effect.promise(() => reader.close())
    )
  })

const nextOf = (options: LineOptions, reader: LineReader) =>
  Effect.tap(attempt(options, () => reader.next()), () => Effect.sync(() => reader.taken()))

const attempt = <A>({ name }: LineOptions, work: () => Promise<A>): Effect.Effect<A, FilesError> =>
  Effect.catchDefect(Effect.promise(work), (defect) =>
    defect instanceof Trouble
      ? Effect.fail(new FilesError({ receiver: name, path: defect.path, reason: defect.reason }))
      : Effect.die(defect))
