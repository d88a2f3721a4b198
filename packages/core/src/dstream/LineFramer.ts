/** The lines of one input, cut as its bytes come. */
import { InvalidUtf8, type LinesError, LineTooLong } from "./LinesError.ts"
import { census } from "./newlines.ts"
import { PartialLine } from "./PartialLine.ts"
import { decodeUtf8, replacementsIn } from "./utf8.ts"

/**
 * Everything has a default.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** The most bytes a line may have, its ending not counted. Defaults to 1 MiB. */
  readonly maxLineLength?: number | undefined
  /** `"fail"` (the default) ends the reading; `"skip"` counts the line, forgets it, and goes on with the next one. */
  readonly onLongLine?: "fail" | "skip" | undefined
  /** `"replace"` (the default) puts U+FFFD where bytes are not UTF-8 and counts it; `"fail"` ends the reading. */
  readonly onInvalidUtf8?: "replace" | "fail" | undefined
  /** How UTF-8 becomes text; `isAscii` promises that there is nothing else. Invalid bytes must become U+FFFD. */
  readonly decode?: ((bytes: Uint8Array, isAscii: boolean) => string) | undefined
  /** Where the first byte stands, if it is not the first of all: a byte order mark is then data. */
  readonly from?: Place | undefined
}

/**
 * Where a line begins.
 *
 * @category models
 * @since 0.1.0
 */
export interface Place {
  /** In bytes from the start. */
  readonly offset: number
  /** How many lines came before. */
  readonly lines: number
}

/**
 * The lines that became whole.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cut {
  /** Texts of one or more whole lines each. */
  readonly payload: ReadonlyArray<string>
  /** How many lines `payload` holds. */
  readonly records: number
  /** How many bytes those lines were, their endings counted. */
  readonly bytes: number
  /** Why there will be no more lines. The lines before it are in `payload`. */
  readonly failure?: LinesError | undefined
}

/**
 * Reads one input, from its start to its end.
 *
 * @category models
 * @since 0.1.0
 */
export interface Framer {
  /** Takes bytes, gives the lines that they complete. The bytes may be reused after the call. */
  readonly push: (bytes: Uint8Array) => Cut
  /** The input has ended: gives what follows the last line ending, if there is anything. */
  readonly end: () => Cut
  /** Where the line begins that is not whole yet. */
  readonly place: Place
  /** Bytes of it that are kept. */
  readonly pending: number
  /** Lines that were longer than allowed and passed over. */
  readonly skipped: number
  /** How often U+FFFD was put in place of bytes. */
  readonly replaced: number
}

const lf = 0x0a
const cr = 0x0d
const mark = Uint8Array.of(0xef, 0xbb, 0xbf)
const nothing: Cut = { payload: [], records: 0, bytes: 0 }

export class LineFramer implements Framer {
  readonly #max: number
  readonly #skips: boolean
  readonly #replaces: boolean
  readonly #decode: (bytes: Uint8Array, isAscii: boolean) => string
  readonly #partial: PartialLine
  /** How much of a byte order mark was seen, or that there is none to come. */
  #marked: number
  #offset: number
  #lines: number
  /** Whether the line that is not whole is one that is passed over, and how many of its bytes were. */
  #skipping = false
  #passed = 0
  #payload: Array<string> = []
  #records = 0
  #bytes = 0
  #failure: LinesError | undefined = undefined
  skipped = 0
  replaced = 0

  constructor(options: Options) {
    this.#max = options.maxLineLength ?? 1024 * 1024
    this.#skips = options.onLongLine === "skip"
    this.#replaces = options.onInvalidUtf8 !== "fail"
    this.#decode = options.decode ?? decodeUtf8
    this.#partial = new PartialLine(this.#max)
    this.#offset = options.from?.offset ?? 0
    this.#lines = options.from?.lines ?? 0
    this.#marked = this.#offset === 0 ? 0 : mark.length
  }

  get place(): Place {
    return { offset: this.#offset, lines: this.#lines }
  }

  get pending(): number {
    return this.#partial.length
  }

  push(bytes: Uint8Array): Cut {
    if (this.#failure !== undefined) return nothing
    let from = this.#marked < mark.length ? this.#skipMark(bytes) : 0
    const last = bytes.lastIndexOf(lf)
    if (last >= from) {
      from = this.#complete(bytes, from)
      if (from <= last) this.#cut(bytes, from, last)
      from = last + 1
    }
    if (from < bytes.length && this.#failure === undefined) this.#hold(bytes, from)
    return this.#take()
  }

  end(): Cut {
    if (this.#failure !== undefined) return nothing
    if (this.#marked < mark.length) this.#unmark()
    if (this.#skipping) this.#passOver(0)
    else if (this.#partial.length > this.#max) {
      this.#tooLong(this.#partial.length)
      this.#passOver(0)
    } else if (this.#partial.length > 0) this.#emit(this.#partial.take(), 0, this.#partial.taken, 0)
    return this.#take()
  }

  #take(): Cut {
    if (this.#records === 0 && this.#failure === undefined) return nothing
    const cut = { payload: this.#payload, records: this.#records, bytes: this.#bytes }
    this.#payload = []
    this.#records = 0
    this.#bytes = 0
    return this.#failure === undefined ? cut : { ...cut, failure: this.#failure }
  }

  /** Passes a byte order mark over, though it comes in pieces. */
  #skipMark(bytes: Uint8Array): number {
    for (let index = 0; index < bytes.length; index++) {
      if (bytes[index] !== mark[this.#marked]) {
        this.#unmark()
        return index
      }
      if (++this.#marked === mark.length) {
        this.#offset = mark.length
        return index + 1
      }
    }
    return bytes.length
  }

  /** What began like a byte order mark was data. */
  #unmark(): void {
    const data = mark.subarray(0, this.#marked)
    this.#marked = mark.length
    if (data.length > 0) this.#hold(data, 0)
  }

  /** Ends the line that was not whole at the first newline; answers where the next line begins. */
  #complete(bytes: Uint8Array, from: number): number {
    const held = this.#partial.length
    if (held === 0 && !this.#skipping) return from
    const newline = bytes.indexOf(lf, from)
    if (this.#skipping) this.#passOver(newline + 1 - from)
    else if (this.#fits(held + newline - from, newline > from ? bytes[newline - 1] : this.#partial.last)) {
      this.#partial.append(bytes, from, newline)
      this.#emit(this.#partial.take(), 0, this.#partial.taken, 1)
    } else {
      this.#tooLong(held)
      this.#passOver(newline + 1 - from)
    }
    return newline + 1
  }

  #fits(length: number, last: number | undefined): boolean {
    return length <= this.#max || length === this.#max + 1 && last === cr
  }

  /** Hands over the lines between `from` and the newline at `last`, but for those that are too long. */
  #cut(bytes: Uint8Array, from: number, last: number): void {
    let begin = from
    // In a window no longer than a line may be, no line is too long: looking for the window's last newline is enough.
    while (last - from > this.#max && this.#failure === undefined) {
      const newline = this.#lastNewline(bytes, from)
      if (newline >= from) {
        from = newline + 1
        continue
      }
      if (begin < from) this.#emit(bytes, begin, from - 1, 1)
      if (this.#failure !== undefined) return
      const next = bytes.indexOf(lf, from) + 1
      this.#tooLong(0)
      this.#passOver(next - from)
      begin = from = next
    }
    if (begin <= last && this.#failure === undefined) this.#emit(bytes, begin, last, 1)
  }

  #lastNewline(bytes: Uint8Array, from: number): number {
    const edge = from + this.#max + 1
    const newline = bytes.lastIndexOf(lf, edge)
    return newline === edge && bytes[edge - 1] !== cr ? bytes.lastIndexOf(lf, edge - 1) : newline
  }

  #hold(bytes: Uint8Array, from: number): void {
    const length = bytes.length - from
    if (this.#skipping) this.#passed += length
    else if (this.#fits(this.#partial.length + length, bytes[bytes.length - 1])) {
      this.#partial.append(bytes, from, bytes.length)
    } else this.#tooLong(this.#partial.length + length)
  }

  /** The line that begins at `place` is too long, and `passed` bytes of it were seen. */
  #tooLong(passed: number): void {
    this.#partial.clear()
    if (!this.#skips) {
      this.#failure = new LineTooLong({ line: this.#lines + 1, offset: this.#offset, limit: this.#max })
      return
    }
    this.skipped++
    this.#skipping = true
    this.#passed = passed
  }

  /** The line that is passed over ends after `length` more bytes. */
  #passOver(length: number): void {
    if (!this.#skipping) return
    this.#skipping = false
    this.#offset += this.#passed + length
    this.#lines++
  }

  /** Hands over the whole lines between `from` and `to`, after which `ending` bytes of a line ending follow. */
  #emit(bytes: Uint8Array, from: number, to: number, ending: 0 | 1): void {
    const { isAscii, newlines } = census(bytes, from, to)
    const lines = bytes.subarray(from, to)
    let text = this.#decode(lines, isAscii)
    if (!isAscii) {
      const replaced = replacementsIn(text, lines)
      if (replaced > 0 && !this.#replaces) return this.#invalid(lines)
      this.replaced += replaced
    }
    if (text.includes("\r")) text = withoutReturns(text, ending)
    this.#payload.push(text)
    this.#count(newlines + 1, to - from + ending)
  }

  #count(lines: number, bytes: number): void {
    this.#records += lines
    this.#bytes += bytes
    this.#lines += lines
    this.#offset += bytes
  }

  /** Hands over the lines before the first one that is not UTF-8, and ends. */
  #invalid(bytes: Uint8Array): void {
    for (let from = 0;;) {
      const newline = bytes.indexOf(lf, from)
      const to = newline === -1 ? bytes.length : newline
      const line = bytes.subarray(from, to)
      const text = this.#decode(line, false)
      if (replacementsIn(text, line) > 0 || newline === -1) break
      this.#payload.push(withoutReturns(text, 1))
      this.#count(1, to + 1 - from)
      from = to + 1
    }
    this.#failure = new InvalidUtf8({ line: this.#lines + 1, offset: this.#offset })
  }
}

/** A line that ends at CRLF is without its CR, the last one too if a newline follows it. */
const withoutReturns = (text: string, ending: 0 | 1): string => {
  const lines = text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text
  return ending === 1 && lines.endsWith("\r") ? lines.slice(0, -1) : lines
}
