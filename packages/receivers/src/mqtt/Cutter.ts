/** Cuts a stream of bytes into packets, and refuses one that is too large before its bytes are collected. */
import { PacketTooLarge, ProtocolError } from "./MqttError.ts"

/** The first byte of a packet, and up to four that say how long the rest is. */
const headerMax = 5

export class Cutter {
  readonly #limit: number
  #pieces: Array<Buffer> = []
  #bytes = 0
  /** Length of the packet at the front, once its header is there. */
  #wanted: number | undefined = undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes that no packet was made of yet. */
  get pending(): number {
    return this.#bytes
  }

  push(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
  }

  /** The next whole packet, which shares memory with what was pushed. Throws what cannot be a packet. */
  next(): Buffer | undefined {
    const wanted = this.#wanted ??= this.#measure()
    if (wanted === undefined || this.#bytes < wanted) return undefined
    this.#wanted = undefined
    return this.#take(wanted)
  }

  #measure(): number | undefined {
    let length = 0
    for (let index = 1; index < headerMax; index++) {
      const byte = this.#byteAt(index)
      if (byte === undefined) return undefined
      length += (byte & 0x7f) * 128 ** (index - 1)
      if (byte >= 0x80) continue
      const bytes = 1 + index + length
      if (bytes > this.#limit) throw new PacketTooLarge({ bytes, limit: this.#limit })
      return bytes
    }
    throw new ProtocolError({ detail: "the length of a packet has more than four bytes" })
  }

  #byteAt(index: number): number | undefined {
    if (index >= this.#bytes) return undefined
    let left = index
    for (const piece of this.#pieces) {
      if (left < piece.length) return piece[left]
      left -= piece.length
    }
    return undefined
  }

  #take(bytes: number): Buffer {
    const first = this.#pieces[0]
    const whole = first !== undefined && first.length >= bytes ? first : Buffer.concat(this.#pieces, this.#bytes)
    this.#bytes -= bytes
    const rest = whole.subarray(bytes)
    if (whole === first) {
      if (rest.length === 0) this.#pieces.shift()
      else this.#pieces[0] = rest
    } else this.#pieces = rest.length === 0 ? [] : [rest]
    return whole.subarray(0, bytes)
  }
}
