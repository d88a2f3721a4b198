/** Records that stand in lines and are decoded one by one: JSON lines and CSV. */
import { isUtf8 } from "node:buffer"
import { InvalidRecord, type Reason, RecordTooLong } from "./FilesError.ts"
import { type Cut, type Framer, nothing, type Place } from "./Format.ts"
import type { RecordOptions } from "./Options.ts"
import { type Region, RecordScanner } from "./RecordScanner.ts"

type Problem = InvalidRecord["problem"]

/** What the text of a record is, or what is wrong with it. */
export type Decoded<A> = { readonly value: A } | { readonly problem: Problem }

/** A language of records. */
export interface Language<A> {
  /** What of a file is read before its first record, and is needed for all: the header. Answers what is wrong with it. */
  readonly begin?: ((text: string) => Problem | undefined) | undefined
  /** The records of texts, in their order. */
  readonly decode: (texts: ReadonlyArray<string>) => ReadonlyArray<Decoded<A>>
  readonly quote: number | undefined
}

export const maxRecordLengthDefault = 1024 * 1024

const mark = [0xef, 0xbb, 0xbf]

export class RecordFramer<A> implements Framer<A> {
  readonly #language: Language<A>
  readonly #max: number
  readonly #skips: boolean
  readonly #scanner: RecordScanner
  #offset: number
  #lines: number
  #head: string | undefined
  #failure: Reason | undefined = undefined
  skipped = 0
  readonly replaced = 0

  constructor(language: Language<A>, options: RecordOptions, from: Place | undefined) {
    this.#language = language
    this.#max = options.maxRecordLength ?? maxRecordLengthDefault
    this.#skips = options.onInvalid === "skip"
    this.#scanner = new RecordScanner(this.#max, language.quote)
    this.#offset = from?.offset ?? 0
    this.#lines = from?.lines ?? 0
    this.#head = from?.head
    if (from?.head !== undefined) language.begin?.(from.head)
  }

  get place(): Place {
    return { offset: this.#offset, lines: this.#lines, head: this.#head }
  }

  push(bytes: Uint8Array): Cut<A> {
    if (this.#failure !== undefined || bytes.length === 0) return nothing
    return this.#cut(this.#scanner.push(bytes))
  }

  end(): Cut<A> {
    return this.#failure === undefined ? this.#cut(this.#scanner.end()) : nothing
  }

  #cut(region: Region): Cut<A> {
    const { bounds, before, bytes, isTooLong, length, lines } = region
    const payload: Array<A> = []
    const at = this.#offset
    const line = this.#lines
    const first = this.#takeHead(region)
    const texts = this.#failure === undefined ? textsOf(bytes, bounds, first, at) : []
    const good = texts.filter((text): text is string => text !== undefined && text !== "")
    const decoded = this.#language.decode(good)
    let next = 0
    for (const [index, text] of texts.entries()) {
      // A byte order mark with nothing behind it is a blank line.
      if (text === "") continue
      const found = text === undefined ? { problem: "utf8" as const } : decoded[next++] ?? { problem: "csv" as const }
      if ("value" in found) payload.push(found.value)
      else if (this.#skips) this.skipped++
      else {
        const place = bounds[(first + index) * 2] ?? 0
        const record = line + (before[first + index] ?? 0)
        this.#fail(at + place, record, new InvalidRecord({ record: record + 1, offset: at + place, problem: found.problem }))
        break
      }
    }
    if (this.#failure === undefined) {
      this.#offset = at + length
      this.#lines = line + lines
      if (isTooLong) {
        this.#fail(this.#offset, this.#lines, new RecordTooLong({ record: this.#lines + 1, offset: this.#offset, limit: this.#max }))
      }
    }
    return { payload, records: payload.length, bytes: this.#offset - at, failure: this.#failure }
  }

  /** Reads the header, if there is one to come; answers which of the records is the first after it. */
  #takeHead({ before, bounds, bytes }: Region): number {
    const { begin } = this.#language
    if (begin === undefined || this.#head !== undefined || bounds.length === 0) return 0
    const [text] = textsOf(bytes, bounds.slice(0, 2), 0, this.#offset)
    const problem = text === undefined ? "utf8" : begin(text)
    if (problem === undefined) this.#head = text
    else {
      const record = this.#lines + (before[0] ?? 0) + 1
      this.#failure = new InvalidRecord({ record, offset: this.#offset + (bounds[0] ?? 0), problem })
    }
    return 1
  }

  /** Ends before a record: there a later run goes on. */
  #fail(offset: number, lines: number, failure: Reason): void {
    this.#failure = failure
    this.#offset = offset
    this.#lines = lines
  }
}

/** The texts of the records from one on; `undefined` for those that are not UTF-8. */
const textsOf = (
  bytes: Uint8Array,
  bounds: ReadonlyArray<number>,
  first: number,
  offset: number
): ReadonlyArray<string | undefined> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const last = bounds.at(-1) ?? 0
  const isGood = isUtf8(buffer.subarray(0, last))
  const texts: Array<string | undefined> = []
  for (let index = first * 2; index < bounds.length; index += 2) {
    const end = bounds[index + 1] ?? 0
    let begin = bounds[index] ?? 0
    if (offset + begin === 0 && mark.every((byte, place) => buffer[place] === byte)) begin = mark.length
    texts.push(isGood || isUtf8(buffer.subarray(begin, end)) ? buffer.toString("utf8", begin, end) : undefined)
  }
  return texts
}
