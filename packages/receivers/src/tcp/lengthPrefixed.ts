/** Frames that say how long they are. */
import * as Schema from "effect/Schema"
import { type Frame, type Framed, type Framer, nothing } from "./Frame.ts"
import { Gather, view } from "./Gather.ts"
import { FrameTooLong } from "./TcpError.ts"

const headerBytes = 4

/**
 * A frame is four bytes, its length as an unsigned big-endian number, and then so many bytes, as in Spark's raw socket
 * stream. A length above `maxLength` ends the connection with `FrameTooLong` before anything is set aside for it. A
 * frame that was cut short is none.
 *
 * The frames of one read may share its memory: copy what you keep longer than its batch.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Tcp from "@millrace/receivers/Tcp"
 *
 * const framer = Tcp.lengthPrefixed({ maxLength: 1024 }).framer()
 * framer.push(Uint8Array.of(0, 0, 0, 2, 7, 8, 0, 0)).payload // => [Uint8Array.of(7, 8)]
 * framer.pending // => 2
 * ```
 *
 * @category frames
 * @since 0.1.0
 */
export const lengthPrefixed = (options: {
  /** The most bytes a frame may have, its header not counted. Defaults to 1 MiB. */
  readonly maxLength?: number | undefined
} = {}): Frame<Uint8Array> => ({
  chunk: Schema.Uint8Array,
  framer: () => new LengthPrefixed(options.maxLength ?? 1024 * 1024)
})

class LengthPrefixed implements Framer<Uint8Array> {
  readonly #max: number
  readonly #body = new Gather()
  #header = 0
  #headerBytes = 0
  #failed = false

  constructor(max: number) {
    this.#max = max
  }

  get pending(): number {
    return this.#headerBytes + this.#body.length
  }

  push(bytes: Uint8Array): Framed<Uint8Array> {
    if (this.#failed) return nothing
    const payload: Array<Uint8Array> = []
    let size = 0
    for (let at = 0; at < bytes.length || this.#isEmptyFrame;) {
      if (this.#headerBytes < headerBytes) {
        this.#header = this.#header * 256 + bytes[at++]!
        if (++this.#headerBytes === headerBytes && this.#header > this.#max) {
          this.#failed = true
          return framed(payload, size, new FrameTooLong({ length: this.#header, limit: this.#max }))
        }
        continue
      }
      const to = Math.min(bytes.length, at + this.#header - this.#body.length)
      const frame = this.#frame(bytes, at, to)
      at = to
      if (frame === undefined) break
      payload.push(frame)
      size += headerBytes + frame.length
    }
    return framed(payload, size, undefined)
  }

  end(): Framed<Uint8Array> {
    return nothing
  }

  /** Its header came and it has no bytes to wait for. */
  get #isEmptyFrame(): boolean {
    return this.#headerBytes === headerBytes && this.#header === 0
  }

  /** The frame that is whole at `to`, if it is. */
  #frame(bytes: Uint8Array, from: number, to: number): Uint8Array | undefined {
    const isWhole = this.#body.length + to - from === this.#header
    const isInPlace = isWhole && this.#body.length === 0
    if (!isInPlace) this.#body.append(bytes, from, to)
    if (!isWhole) return undefined
    this.#header = 0
    this.#headerBytes = 0
    return isInPlace ? view(bytes, from, to) : this.#body.take()
  }
}

const framed = (
  payload: ReadonlyArray<Uint8Array>,
  bytes: number,
  failure: FrameTooLong | undefined
): Framed<Uint8Array> => ({ payload, records: payload.length, bytes, failure })
