/** Files as one record each. */
import { Decoder } from "@millrace/core"
import { isUtf8 } from "node:buffer"
import { firstWrong, isCount } from "./checked.ts"
import { InvalidRecord, type Reason, RecordTooLong } from "./FilesError.ts"
import { type Cut, type Format, type Framer, nothing, type Place } from "./Format.ts"

/**
 * A file, with its name below the directory.
 *
 * @category models
 * @since 0.1.0
 */
export interface WholeFile<out Content> {
  readonly file: string
  readonly content: Content
}

/**
 * How large a file may be.
 *
 * @category options
 * @since 0.1.0
 */
export interface WholeOptions {
  /** In bytes, after decompression. A larger file fails with `RecordTooLong`. Defaults to 16 MiB. */
  readonly maxBytes?: number | undefined
}

/**
 * Each file is one record: its bytes.
 *
 * @category formats
 * @since 0.1.0
 */
export const wholeBytes = (options: WholeOptions = {}): Format<WholeFile<Uint8Array>, WholeFile<Uint8Array>> =>
  formatOf(options, (bytes) => bytes)

/**
 * Each file is one record: its text. One that is not UTF-8 fails with `InvalidRecord`.
 *
 * @category formats
 * @since 0.1.0
 */
export const wholeText = (options: WholeOptions = {}): Format<WholeFile<string>, WholeFile<string>> =>
  formatOf(options, (bytes) => isUtf8(bytes) ? new TextDecoder().decode(bytes) : undefined)

const maxBytesDefault = 16 * 1024 * 1024
const maxBytesMax = 1024 * 1024 * 1024

const formatOf = <Content>(
  { maxBytes = maxBytesDefault }: WholeOptions,
  contentOf: (bytes: Uint8Array) => Content | undefined
): Format<WholeFile<Content>, WholeFile<Content>> => ({
  decoder: Decoder.identity<WholeFile<Content>>(),
  load: () => Promise.resolve((file, from) => new WholeFramer(file, maxBytes, contentOf, from)),
  isWhole: true,
  isLined: false,
  invalid: firstWrong([["maxBytes", isCount(maxBytes, 0, maxBytesMax), `a whole number of bytes up to ${maxBytesMax}`]])
})

class WholeFramer<Content> implements Framer<WholeFile<Content>> {
  readonly #file: string
  readonly #max: number
  readonly #contentOf: (bytes: Uint8Array) => Content | undefined
  #parts: Array<Uint8Array> = []
  #length = 0
  #offset: number
  /** 1 once it was given. */
  #records: number
  readonly skipped = 0
  readonly replaced = 0

  constructor(file: string, max: number, contentOf: (bytes: Uint8Array) => Content | undefined, from: Place | undefined) {
    this.#file = file
    this.#max = max
    this.#contentOf = contentOf
    this.#offset = from?.offset ?? 0
    this.#records = from?.lines ?? 0
  }

  get place(): Place {
    return { offset: this.#offset, lines: this.#records }
  }

  push(bytes: Uint8Array): Cut<WholeFile<Content>> {
    this.#length += bytes.length
    if (this.#length > this.#max) return failed(new RecordTooLong({ record: 1, offset: 0, limit: this.#max }))
    if (bytes.length > 0) this.#parts.push(Uint8Array.from(bytes))
    return nothing
  }

  end(): Cut<WholeFile<Content>> {
    if (this.#records > 0) return nothing
    const content = this.#contentOf(Buffer.concat(this.#parts))
    if (content === undefined) return failed(new InvalidRecord({ record: 1, offset: 0, problem: "utf8" }))
    this.#records = 1
    this.#offset = this.#length
    return { payload: [{ file: this.#file, content }], records: 1, bytes: this.#length }
  }
}

const failed = (failure: Reason): Cut<never> => ({ ...nothing, failure })
