/** A directory whose files are read as they appear. */
import type { Receiver } from "@millrace/core"
import { firstWrong, invalidCompression, isCount, isDuration } from "./checked.ts"
import type { FilesError, InvalidOption } from "./FilesError.ts"
import { FilesReader } from "./FilesReader.ts"
import type { Format } from "./Format.ts"
import { makeGlob } from "./glob.ts"
import type { WatchOptions } from "./Options.ts"
import { rangeOfWatch } from "./rangeOfWatch.ts"
import { receiverOf } from "./read.ts"
import { WatchPosition } from "./WatchPosition.ts"
import { maxRememberedDefault, WatchWalk } from "./WatchWalk.ts"

/**
 * Reads the files of a directory as they appear, each once, and does not end. What is there at one look is read in the
 * order of the times of writing, then of the names.
 *
 * `Replayable`: which files were taken is remembered in the position, by name, size and time of writing, so a restart
 * neither reads one twice nor passes one over, however old it is or however long nobody looked. A file has to be complete
 * when it appears: write it elsewhere, or under a name that begins with a dot, and move it here; or set `minAge`.
 *
 * `maxRemembered` bounds the memory. When it is full, names of files that are gone make room, the oldest half at most.
 * Where none is gone it fails with `TooManyFiles` before the next file is taken, or forgets the oldest as `onFull` says.
 * A batch can be read again exactly while it holds no more than half as many files, and they still lie there.
 *
 * A directory that goes away is reported once and waited for. A file that changed after it was taken fails with
 * `FileChanged`, unless `onChanged` says otherwise; of many such files 256 are compared at each look.
 *
 * ```ts import.meta.vitest
 * import * as Files from "@millrace/receivers/Files"
 *
 * const orders = Files.watch({ name: "orders", path: "inbox", glob: "*.csv", format: Files.textLines() })
 * orders.delivery // => "Replayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const watch = <Chunk, A>(
  options: WatchOptions & { readonly format: Format<Chunk, A> }
): Receiver.Receiver<A, FilesError> =>
  receiverOf({
    options,
    format: options.format,
    position: WatchPosition,
    invalid: invalidWatch(options) ?? invalidCompression(options),
    pollInterval: options.pollInterval ?? "1 second",
    make: async ({ from, until }, opening) =>
      new FilesReader(
        until === undefined
          ? new WatchWalk(options, from, opening.clock, opening.tally)
          : await rangeOfWatch(options, from, until),
        opening,
        options
      )
  })

const invalidWatch = ({ glob, maxRemembered = maxRememberedDefault, minAge, pollInterval }: WatchOptions): InvalidOption | undefined =>
  firstWrong([
    ["glob", glob === undefined || makeGlob(glob) !== undefined, "a pattern whose brackets and braces are closed"],
    ["maxRemembered", isCount(maxRemembered, 2, 100_000), "a whole number from 2 to 100000"],
    ["minAge", isDuration(minAge, 0), "a duration"],
    ["pollInterval", isDuration(pollInterval, 1), "a duration of 1 millisecond or more"]
  ])
