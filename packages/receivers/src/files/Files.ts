/**
 * Text files as receivers.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type { Receiver } from "@millrace/core"
import { invalidCompression } from "./checked.ts"
import type { FilesError } from "./FilesError.ts"
import { FilesReader } from "./FilesReader.ts"
import type { Format } from "./Format.ts"
import { locate } from "./locate.ts"
import { NamesWalk } from "./NamesWalk.ts"
import type { LineOptions, ReadOptions } from "./Options.ts"
import { Position } from "./Position.ts"
import { receiverOf } from "./read.ts"
import { textLines } from "./textLines.ts"

/**
 * Reads the lines of a file, or of all files of a directory that are there when it is opened, in the order of their
 * names (of their UTF-16 code units, as `sort` has it). Then it ends. A line ends at LF or CRLF; what follows the last
 * line ending of a file is a line.
 *
 * `Replayable`: the position is the file and the byte in it, so after a crash reading goes on there, and what was cut
 * into a batch is read again as it was. For that a file has to be complete when it appears and to stay as it is until
 * it was read: write it elsewhere and move it here. A file that was changed, replaced or taken away before its end fails
 * the receiver with `FileChanged` or `NotFound`, which say which; nothing is passed over in silence. A file that has
 * only grown when a later run opens it is read from where the earlier one stopped; so are new files, if their names come
 * after that of the file read last. Files that were read to their end may be removed.
 *
 * In a directory only regular files are read: a link, a pipe or a device there fails with `NotAFile`, unless `filter`
 * leaves it out. Directories in it are not looked into, and names that begin with a dot are left out.
 *
 * Names that end with `.gz` or `.zst` are decompressed; positions count the bytes that come out. To go on in the middle of
 * such a file all of it up to there is decompressed again.
 *
 * ```ts import.meta.vitest
 * import * as Files from "@millrace/receivers/Files"
 *
 * const lines = Files.lines({ name: "orders", path: "inbox", filter: (name) => name.endsWith(".csv") })
 * lines.delivery // => "Replayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const lines = (options: LineOptions): Receiver.Receiver<string, FilesError> =>
  readFormat({ ...options, format: textLines(options) })

/**
 * The same with files of any format: JSON lines, CSV, binary records, whole files. All that is said of `lines` holds.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = <Chunk, A>(
  options: ReadOptions & { readonly format: Format<Chunk, A> }
): Receiver.Receiver<A, FilesError> => readFormat(options)

const readFormat = <Chunk, A>(
  options: ReadOptions & { readonly format: Format<Chunk, A> }
): Receiver.Receiver<A, FilesError> =>
  receiverOf({
    options,
    format: options.format,
    position: Position,
    invalid: invalidCompression(options),
    pollInterval: 0,
    make: async (span, opening) => new FilesReader(new NamesWalk(await locate(options), span), opening, options)
  })
