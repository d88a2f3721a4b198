/** Frames of one length. */
import * as Schema from "effect/Schema"
import { type Frame, type Framed, type Framer, nothing } from "./Frame.ts"
import { Gather, view } from "./Gather.ts"

/**
 * Every frame has `length` bytes, at least one. A frame that was cut short is none. The frames of one read may share
 * its memory: copy what you keep longer than its batch.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Tcp from "@millrace/receivers/Tcp"
 *
 * const framer = Tcp.fixedLength(2).framer()
 * framer.push(Uint8Array.of(1, 2, 3)).payload // => [Uint8Array.of(1, 2)]
 * framer.push(Uint8Array.of(4)).payload // => [Uint8Array.of(3, 4)]
 * ```
 *
 * @category frames
 * @since 0.1.0
 */
export const fixedLength = (length: number): Frame<Uint8Array> => {
  if (!Number.isInteger(length) || length < 1) throw new RangeError("fixedLength takes a whole number of bytes above 0")
  return { chunk: Schema.Uint8Array, framer: () => new FixedLength(length) }
}

class FixedLength implements Framer<Uint8Array> {
  readonly #length: number
  readonly #begun = new Gather()

  constructor(length: number) {
    this.#length = length
  }

  get pending(): number {
    return this.#begun.length
  }

  push(bytes: Uint8Array): Framed<Uint8Array> {
    const payload: Array<Uint8Array> = []
    let at = 0
    if (this.#begun.length > 0) {
      at = Math.min(bytes.length, this.#length - this.#begun.length)
      this.#begun.append(bytes, 0, at)
      if (this.#begun.length === this.#length) payload.push(this.#begun.take())
    }
    for (; at + this.#length <= bytes.length; at += this.#length) payload.push(view(bytes, at, at + this.#length))
    if (at < bytes.length) this.#begun.append(bytes, at, bytes.length)
    return { payload, records: payload.length, bytes: payload.length * this.#length }
  }

  end(): Framed<Uint8Array> {
    return nothing
  }
}
