/** The bytes of a line that is not whole yet. Appending costs what is appended, however small the pieces are. */

const capacityMin = 256
/** A larger buffer is given back when its line is whole: most lines are short, and there may be many inputs. */
const capacityKept = 64 * 1024

export class PartialLine {
  readonly #capacityMax: number
  #buffer = new Uint8Array(0)
  length = 0
  /** How many bytes of the buffer that `take` gave are the line. */
  taken = 0

  /** A line of `max` bytes and a CR is the most that will be appended. */
  constructor(max: number) {
    this.#capacityMax = max + 1
  }

  get last(): number | undefined {
    return this.#buffer[this.length - 1]
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    const length = this.length + to - from
    if (length > this.#buffer.length) this.#grow(length)
    if (to - from === 1) this.#buffer[this.length] = bytes[from]!
    else this.#buffer.set(bytes.subarray(from, to), this.length)
    this.length = length
  }

  /** Gives the buffer that holds the line, good until the next `append`. */
  take(): Uint8Array {
    const buffer = this.#buffer
    this.taken = this.length
    this.clear()
    return buffer
  }

  clear(): void {
    this.length = 0
    if (this.#buffer.length > capacityKept) this.#buffer = new Uint8Array(0)
  }

  #grow(length: number): void {
    const doubled = Math.max(capacityMin, length, this.#buffer.length * 2)
    const larger = new Uint8Array(Math.min(doubled, Math.max(length, this.#capacityMax)))
    larger.set(this.#buffer.subarray(0, this.length))
    this.#buffer = larger
  }
}
