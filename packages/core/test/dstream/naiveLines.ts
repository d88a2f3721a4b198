/** Lines as one would cut them who has all bytes before him and looks at one at a time: what the framer is held to. */

export interface NaiveOptions {
  readonly maxLineLength: number
  readonly onLongLine: "fail" | "skip"
  readonly onInvalidUtf8: "replace" | "fail"
}

export interface NaiveLines {
  readonly lines: ReadonlyArray<string>
  readonly bytes: number
  readonly skipped: number
  readonly replaced: number
  readonly failure: Failure | undefined
}

interface Failure {
  readonly _tag: "LineTooLong" | "InvalidUtf8"
  readonly line: number
  readonly offset: number
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder("utf-8", { ignoreBOM: true })

/** U+FFFD for bytes that are not UTF-8: those of the text, less those that were sent. */
const replacedIn = (line: ReadonlyArray<number>, text: string): number => {
  const sent = line.filter((byte, at) => byte === 0xef && line[at + 1] === 0xbf && line[at + 2] === 0xbd).length
  return text.split("\ufffd").length - 1 - sent
}

const isUtf8 = (line: ReadonlyArray<number>): boolean => {
  try {
    strict.decode(Uint8Array.from(line))
    return true
  } catch {
    return false
  }
}

const rawLines = (bytes: ReadonlyArray<number>): ReadonlyArray<{ line: ReadonlyArray<number>; ended: boolean }> => {
  const lines: Array<{ line: ReadonlyArray<number>; ended: boolean }> = []
  let line: Array<number> = []
  for (const byte of bytes) {
    if (byte === 0x0a) {
      lines.push({ line, ended: true })
      line = []
    } else line.push(byte)
  }
  if (line.length > 0) lines.push({ line, ended: false })
  return lines
}

export const naiveLines = (input: Uint8Array, options: NaiveOptions): NaiveLines => {
  const marked = input[0] === 0xef && input[1] === 0xbb && input[2] === 0xbf
  let offset = marked ? 3 : 0
  const lines: Array<string> = []
  let bytes = 0
  let skipped = 0
  let replaced = 0
  let number = 0
  for (const { ended, line: raw } of rawLines([...input.subarray(offset)])) {
    number++
    const size = raw.length + (ended ? 1 : 0)
    const line = ended && raw.at(-1) === 0x0d ? raw.slice(0, -1) : raw
    if (line.length > options.maxLineLength) {
      if (options.onLongLine === "fail") {
        return { lines, bytes, skipped, replaced, failure: { _tag: "LineTooLong", line: number, offset } }
      }
      skipped++
    } else {
      if (options.onInvalidUtf8 === "fail" && !isUtf8(line)) {
        return { lines, bytes, skipped, replaced, failure: { _tag: "InvalidUtf8", line: number, offset } }
      }
      const text = lenient.decode(Uint8Array.from(line))
      replaced += replacedIn(line, text)
      lines.push(text)
      bytes += size
    }
    offset += size
  }
  return { lines, bytes, skipped, replaced, failure: undefined }
}
