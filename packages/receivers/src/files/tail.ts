/** A file that grows, and is rotated. */
import type { Receiver } from "@millrace/core"
import { firstWrong, isDuration } from "./checked.ts"
import type { FilesError } from "./FilesError.ts"
import type { Format } from "./Format.ts"
import type { TailOptions } from "./Options.ts"
import { RangeOfTail } from "./rangeOfTail.ts"
import { receiverOf } from "./read.ts"
import { TailPosition } from "./TailPosition.ts"
import { TailReader } from "./TailReader.ts"

/**
 * Reads what is appended to a file, and does not end. A last line without ending waits until it is whole.
 *
 * When the file is renamed and another takes its name, the old one is read to its end first, then the files that came
 * between, then the new one. When it is copied and cut off (`copytruncate`), what was not read yet is read from the copy.
 * Which file is which is told by device and inode and by its first 1,024 bytes, so a restart finds it under its new name.
 * Rotated files have to stay in the directory, not compressed, until they were read.
 *
 * `Replayable`: the position is a file and a byte in it. A file whose rest is not there any more fails with `FileChanged`,
 * unless `onLost` says otherwise. What is written between the making of a copy and the cutting off is in no file: that is
 * lost by the rotation itself. A file that is cut off and begins with the very same bytes again, and is longer already
 * when it is looked at, is taken for the same; lines that begin with a time do not do that.
 *
 * ```ts import.meta.vitest
 * import * as Files from "@millrace/receivers/Files"
 *
 * const log = Files.tail({ name: "log", path: "/var/log/app.log", existing: "skip", format: Files.textLines() })
 * log.delivery // => "Replayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const tail = <Chunk, A>(
  options: TailOptions & { readonly format: Format<Chunk, A> }
): Receiver.Receiver<A, FilesError> =>
  receiverOf({
    options,
    format: options.format,
    position: TailPosition,
    invalid: firstWrong([
      ["format", !options.format.isWhole, "one of records, since the file is never whole"],
      ["existing", options.existing !== "skip" || options.format.isLined, "\"read\" for this format"],
      ["pollInterval", isDuration(options.pollInterval, 1), "a duration of 1 millisecond or more"],
      ["rotateWait", isDuration(options.rotateWait, 0), "a duration"]
    ]),
    pollInterval: options.pollInterval ?? "1 second",
    make: ({ from, until }, opening) =>
      Promise.resolve().then(() =>
        until === undefined ? new TailReader(options, from, opening) : new RangeOfTail(options, from, until, opening)
      )
  })
