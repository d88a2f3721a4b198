/** Text, line by line. */
import { Decoder, Lines } from "@millrace/core"
import { firstWrong, isCount } from "./checked.ts"
import { decodeAs } from "./decode.ts"
import type { Format } from "./Format.ts"
import type { TextOptions } from "./Options.ts"

/**
 * Lines of text. A line ends at LF or CRLF; what follows the last line ending of a file is a line. A byte order mark at
 * the beginning of a file is no part of its first line.
 *
 * @category formats
 * @since 0.1.0
 */
export const textLines = (options: TextOptions = {}): Format<string, string> => {
  const { encoding = "utf8", maxLineLength = 0 } = options
  const lines = { ...options, decode: decodeAs(encoding) }
  return {
    decoder: Decoder.split("\n"),
    load: () => Promise.resolve((_, from) => Lines.make({ ...lines, from })),
    isWhole: false,
    isLined: true,
    invalid: firstWrong([
      ["encoding", encoding === "utf8" || encoding === "latin1", "\"utf8\" or \"latin1\""],
      ["maxLineLength", isCount(maxLineLength, 0), "a whole number of bytes"]
    ])
  }
}
