/** Frames with bytes between them that occur in none. */
import * as Schema from "effect/Schema"
import { type Frame, type Framed, type Framer, nothing } from "./Frame.ts"
import { Gather, view } from "./Gather.ts"
import { FrameTooLong } from "./TcpError.ts"

/**
 * A frame ends where `separator` comes, text of it meaning its UTF-8. What follows the last separator is a frame when
 * the connection has ended, unless it is empty. More than `maxLength` bytes without a separator end the connection
 * with `FrameTooLong`. The frames of one read may share its memory: copy what you keep longer than its batch.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Tcp from "@millrace/receivers/Tcp"
 *
 * const framer = Tcp.separated("\0").framer()
 * framer.push(Uint8Array.of(1, 2, 0, 3)).payload // => [Uint8Array.of(1, 2)]
 * framer.end().payload // => [Uint8Array.of(3)]
 * ```
 *
 * @category frames
 * @since 0.1.0
 */
export const separated = (separator: string | Uint8Array, options: {
  /** The most bytes a frame may have, the separator not counted. Defaults to 1 MiB. */
  readonly maxLength?: number | undefined
} = {}): Frame<Uint8Array> => {
  const bytes = Buffer.from(separator)
  if (bytes.length === 0) throw new RangeError("separated takes a separator of at least one byte")
  return { chunk: Schema.Uint8Array, framer: () => new Separated(bytes, options.maxLength ?? 1024 * 1024) }
}

class Separated implements Framer<Uint8Array> {
  readonly #separator: Buffer
  readonly #max: number
  readonly #begun = new Gather()
  #failed = false

  constructor(separator: Buffer, max: number) {
    this.#separator = separator
    this.#max = max
  }

  get pending(): number {
    return this.#begun.length
  }

  push(bytes: Uint8Array): Framed<Uint8Array> {
    if (this.#failed) return nothing
    const payload: Array<Uint8Array> = []
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let size = 0
    let at = 0
    for (;;) {
      const end = this.#endOf(buffer, at)
      if (end === undefined) break
      const length = this.#begun.length + end - this.#separator.length - at
      if (length > this.#max) return this.#tooLong(payload, size, length)
      payload.push(this.#frame(bytes, at, end, length))
      size += length + this.#separator.length
      at = end
    }
    const length = this.#begun.length + bytes.length - at
    if (length - this.#separator.length + 1 > this.#max) return this.#tooLong(payload, size, length)
    if (at < bytes.length) this.#begun.append(bytes, at, bytes.length)
    return { payload, records: payload.length, bytes: size }
  }

  end(): Framed<Uint8Array> {
    const length = this.#begun.length
    if (length === 0 || this.#failed) return nothing
    if (length > this.#max) return this.#tooLong([], 0, length)
    return { payload: [this.#begun.take()], records: 1, bytes: length }
  }

  /** Where the next separator ends. It may have begun in what was kept, which holds no whole one. */
  #endOf(bytes: Buffer, at: number): number | undefined {
    const reach = this.#separator.length - 1
    if (this.#begun.length > 0 && reach > 0) {
      const tail = this.#begun.tail(Math.max(0, this.#begun.length - reach))
      const seam = Buffer.concat([tail, bytes.subarray(at, at + reach)])
      const found = seam.indexOf(this.#separator)
      if (found !== -1) return at + found + this.#separator.length - tail.length
    }
    const found = bytes.indexOf(this.#separator, at)
    return found === -1 ? undefined : found + this.#separator.length
  }

  #frame(bytes: Uint8Array, from: number, end: number, length: number): Uint8Array {
    if (this.#begun.length === 0) return view(bytes, from, from + length)
    this.#begun.append(bytes, from, end)
    return this.#begun.take(length)
  }

  #tooLong(payload: ReadonlyArray<Uint8Array>, bytes: number, length: number): Framed<Uint8Array> {
    this.#failed = true
    this.#begun.take()
    return { payload, records: payload.length, bytes, failure: new FrameTooLong({ length, limit: this.#max }) }
  }
}
