/** Finds where records end that end at a newline, unless that stands in quotes. Keeps what is not whole yet. */

/** Whole records: the bytes, and where in them each begins and ends, its line ending not counted. */
export interface Region {
  readonly bytes: Uint8Array
  /** Pairs of begin and end; blank lines are left out. */
  readonly bounds: ReadonlyArray<number>
  /** How many newlines there were, those of blank lines too, before the one that ends each record. */
  readonly before: ReadonlyArray<number>
  /** How many bytes and lines all of it is. */
  readonly length: number
  readonly lines: number
  /** Whether what follows is longer than a record may be. */
  readonly isTooLong: boolean
}

const lf = 0x0a
const cr = 0x0d

export class RecordScanner {
  readonly #max: number
  readonly #quote: number | undefined
  #pending = new Uint8Array(0)
  #length = 0
  /** How far what is kept was looked through, and whether that is in quotes. */
  #scanned = 0
  #inQuotes = false
  /** Where the next quote of the data stands, if that is not behind already. */
  #nextQuote = -1

  constructor(max: number, quote: number | undefined) {
    this.#max = max
    this.#quote = quote
  }

  /** The bytes of the region are good until the next call. */
  push(bytes: Uint8Array): Region {
    if (this.#length > 0) {
      this.#append(bytes)
      return this.#scan(this.#pending.subarray(0, this.#length), true)
    }
    return this.#scan(bytes, false)
  }

  /** What follows the last line ending. */
  end(): Region {
    const bytes = this.#pending.slice(0, this.#length)
    this.#length = 0
    const isBlank = bytes.length === 0 || bytes.length === 1 && bytes[0] === cr
    return {
      bytes,
      bounds: isBlank ? [] : [0, bytes.length],
      before: isBlank ? [] : [0],
      length: bytes.length,
      lines: isBlank ? 0 : 1,
      isTooLong: false
    }
  }

  #scan(data: Uint8Array, isPending: boolean): Region {
    const bounds: Array<number> = []
    const before: Array<number> = []
    let begin = 0
    let lines = 0
    let from = this.#scanned
    let isTooLong = false
    this.#nextQuote = -1
    for (;;) {
      const newline = this.#nextEnd(data, from)
      if (newline === -1) break
      const end = newline > begin && data[newline - 1] === cr ? newline - 1 : newline
      if (end - begin > this.#max) {
        isTooLong = true
        break
      }
      if (end > begin) {
        bounds.push(begin, end)
        before.push(lines)
      }
      lines++
      begin = from = newline + 1
    }
    isTooLong ||= data.length - begin > this.#max + 1
    const rest = data.subarray(begin)
    const region = { bytes: isPending ? data.slice(0, begin) : data, bounds, before, length: begin, lines, isTooLong }
    this.#scanned = rest.length
    if (isPending) {
      this.#pending.copyWithin(0, begin, data.length)
      this.#length = rest.length
    } else if (rest.length > 0) this.#append(rest)
    return region
  }

  /** The newline that ends the record; `#inQuotes` says how the data ends where there is none. */
  #nextEnd(data: Uint8Array, from: number): number {
    if (this.#quote === undefined) return data.indexOf(lf, from)
    let at = from
    for (;;) {
      // One that is ahead stays the next one: looking for it anew at each record would take the square of the time.
      if (this.#nextQuote < at) {
        const quote = data.indexOf(this.#quote, at)
        this.#nextQuote = quote === -1 ? Infinity : quote
      }
      if (!this.#inQuotes) {
        const newline = data.indexOf(lf, at)
        if (newline !== -1 && newline < this.#nextQuote) return newline
      }
      if (this.#nextQuote === Infinity) return -1
      this.#inQuotes = !this.#inQuotes
      at = this.#nextQuote + 1
    }
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#pending.length) {
      const larger = new Uint8Array(Math.max(length, this.#pending.length * 2, 1024))
      larger.set(this.#pending.subarray(0, this.#length))
      this.#pending = larger
    }
    this.#pending.set(bytes, this.#length)
    this.#length = length
  }
}
