/**
 * Cuts bytes into lines as they arrive: what TCP, files and standard input share.
 *
 * A line ends at LF or CRLF; a CR without LF is data, and so is every other character that some call a line break. An
 * empty line is a line. What follows the last line ending is a line once the input has ended. A byte order mark at the
 * very start is no part of the first line.
 *
 * Whole lines are handed over as text of many lines at once, joined by `"\n"` without one after the last, so that
 * `Decoder.split("\n")` cuts them inside the fused loop and nothing is done per line before.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { type Framer, LineFramer, type Options } from "./LineFramer.ts"

export { type Cut, type Framer, type Options, type Place } from "./LineFramer.ts"
export { InvalidUtf8, type LinesError, LineTooLong } from "./LinesError.ts"

/**
 * Starts to read an input. It keeps `maxLineLength` bytes at most, beside what it is given.
 *
 * @example
 * ```ts import.meta.vitest
 * import { Lines } from "@millrace/core"
 *
 * const framer = Lines.make()
 * const bytes = new TextEncoder().encode("to be\r\nor not\nto b")
 * framer.push(bytes) // => { payload: ["to be\nor not"], records: 2, bytes: 14 }
 * framer.end() // => { payload: ["to b"], records: 1, bytes: 4 }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options = {}): Framer => new LineFramer(options)
