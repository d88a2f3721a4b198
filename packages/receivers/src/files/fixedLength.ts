/** Binary records of one length. */
import { Decoder } from "@millrace/core"
import { firstWrong, isCount } from "./checked.ts"
import { InvalidRecord, type Reason } from "./FilesError.ts"
import { type Cut, type Format, type Framer, nothing, type Place } from "./Format.ts"

const lengthMax = 16 * 1024 * 1024

/**
 * Records of `length` bytes each, one after the other. A file that ends within one fails with `InvalidRecord`.
 *
 * @category formats
 * @since 0.1.0
 */
export const fixedLength = ({ length }: { readonly length: number }): Format<Uint8Array, Uint8Array> => ({
  decoder: Decoder.identity<Uint8Array>(),
  load: () => Promise.resolve((_, from) => new FixedFramer(length, from)),
  isWhole: false,
  isLined: false,
  invalid: firstWrong([["length", isCount(length, 1, lengthMax), `a whole number of bytes from 1 to ${lengthMax}`]])
})

class FixedFramer implements Framer<Uint8Array> {
  readonly #length: number
  #rest: Uint8Array = new Uint8Array(0)
  #offset: number
  #records: number
  readonly skipped = 0
  readonly replaced = 0

  constructor(length: number, from: Place | undefined) {
    this.#length = length
    this.#offset = from?.offset ?? 0
    this.#records = from?.lines ?? 0
  }

  get place(): Place {
    return { offset: this.#offset, lines: this.#records }
  }

  push(bytes: Uint8Array): Cut<Uint8Array> {
    // A copy, since the records stay and the bytes are reused.
    const data = Buffer.concat([this.#rest, bytes])
    const records = Math.floor(data.length / this.#length)
    const payload: Array<Uint8Array> = []
    for (let index = 0; index < records; index++) {
      payload.push(new Uint8Array(data.buffer, data.byteOffset + index * this.#length, this.#length))
    }
    const length = records * this.#length
    this.#rest = data.subarray(length)
    this.#offset += length
    this.#records += records
    return { payload, records, bytes: length }
  }

  end(): Cut<Uint8Array> {
    if (this.#rest.length === 0) return nothing
    const failure: Reason = new InvalidRecord({ record: this.#records + 1, offset: this.#offset, problem: "cut off" })
    return { ...nothing, failure }
  }
}
