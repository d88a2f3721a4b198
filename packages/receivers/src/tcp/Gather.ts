/** Bytes of a frame that is not whole yet. Grows with what comes, not with what a header promises. */
export class Gather {
  #buffer = new Uint8Array(0)
  length = 0

  append(bytes: Uint8Array, from: number, to: number): void {
    const length = this.length + to - from
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, this.#buffer.length * 2))
      larger.set(this.#buffer.subarray(0, this.length))
      this.#buffer = larger
    }
    if (to - from === 1) this.#buffer[this.length] = bytes[from]!
    else this.#buffer.set(bytes.subarray(from, to), this.length)
    this.length = length
  }

  /** What was gathered from byte `from` on, as it lies here. */
  tail(from: number): Uint8Array {
    return this.#buffer.subarray(from, this.length)
  }

  /** Gives the first `length` bytes away and begins anew. */
  take(length = this.length): Uint8Array {
    const taken = this.#buffer.subarray(0, length)
    this.#buffer = new Uint8Array(0)
    this.length = 0
    return taken
  }
}

/** Bytes of `bytes` as a plain view, so that every frame is of one kind. */
export const view = (bytes: Uint8Array, from: number, to: number): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from)
