/** What a compressed file holds, as a stream of bytes that has limits. */
import type { FileHandle } from "node:fs/promises"
import { pipeline, Readable } from "node:stream"
import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from "node:zlib"
import * as Predicate from "effect/Predicate"
import { NotDecompressed, type Reason, reasonOfSystem, TooLarge } from "./FilesError.ts"
import { Trouble } from "./locate.ts"
import type { CompressionOptions } from "./Options.ts"

const maxBytesDefault = 16 * 1024 ** 3
const maxRatioDefault = 1_000
/** Up to here the ratio says nothing: a file of a few bytes may well hold a page of blanks. */
const ratioFrom = 16 * 1024 ** 2
const chunkSize = 128 * 1024
/** The most that zstd may look back, as a power of two: 128 MiB. A file that asks for more is refused. */
const windowLogMax = 27

const empty = Buffer.alloc(0)

/** `undefined` for a file that is not compressed. */
export const inflate = (
  path: string,
  handle: FileHandle,
  size: number,
  options: CompressionOptions
): Inflated | undefined => {
  const kind = kindOf(path, options.compression ?? "auto")
  return kind === undefined ? undefined : new Inflated(path, handle, size, kind, options)
}

const kindOf = (path: string, compression: NonNullable<CompressionOptions["compression"]>): "gzip" | "zstd" | undefined => {
  if (compression === "none") return undefined
  if (compression !== "auto") return compression
  return path.endsWith(".gz") ? "gzip" : path.endsWith(".zst") ? "zstd" : undefined
}

/** What is decompressed by one stream. */
interface Part {
  /** Its first byte in the file. */
  readonly begin: number
  readonly source: Readable
  readonly stream: Gunzip | ZstdDecompress
  readonly chunks: AsyncIterator<Buffer>
}

const partOf = (handle: FileHandle, kind: "gzip" | "zstd", begin: number): Part => {
  const source = Readable.from(bytesOf(handle, begin), { objectMode: false, highWaterMark: 1 })
  const stream = kind === "gzip"
    ? createGunzip({ chunkSize })
    : createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: windowLogMax } })
  // Errors come out of the iterator.
  pipeline(source, stream, () => {})
  return { begin, source, stream, chunks: stream[Symbol.asyncIterator]() }
}

/** Several streams read from one handle, one after the other, and none of them closes it. */
async function* bytesOf(handle: FileHandle, begin: number): AsyncGenerator<Uint8Array> {
  for (let at = begin;;) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

export class Inflated {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #size: number
  readonly #kind: "gzip" | "zstd"
  #part: Part
  readonly #maxBytes: number
  readonly #maxRatio: number
  #produced = 0
  /** What comes next, looked at beforehand, so that the end is known with the last bytes. */
  #ahead: Buffer = empty
  #failure: unknown = undefined
  isAtEnd = false

  constructor(path: string, handle: FileHandle, size: number, kind: "gzip" | "zstd", options: CompressionOptions) {
    this.#path = path
    this.#maxBytes = options.maxDecompressedBytes ?? maxBytesDefault
    this.#maxRatio = options.maxDecompressionRatio ?? maxRatioDefault
    this.#handle = handle
    this.#size = size
    this.#kind = kind
    this.#part = partOf(handle, kind, 0)
  }

  /** At most so many bytes; none at the end. What came before damage is given before it is told. */
  async next(length: number): Promise<Uint8Array> {
    if (length === 0) return empty
    if (this.#ahead.length === 0) await this.#look()
    if (this.#failure !== undefined) throw this.#failure
    const bytes = this.#ahead.subarray(0, length)
    this.#ahead = this.#ahead.subarray(bytes.length)
    if (this.#ahead.length === 0) await this.#look()
    return bytes
  }

  /** Goes to a place that was reached before. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      const { length: passed } = await this.next(left)
      if (passed === 0) throw this.#trouble(new NotDecompressed({ code: "ended early" }))
      left -= passed
    }
  }

  close(): void {
    this.#part.stream.destroy()
    this.#part.source.destroy()
  }

  async #look(): Promise<void> {
    if (this.isAtEnd || this.#failure !== undefined) return
    try {
      const { done, value } = await this.#part.chunks.next()
      if (done === true) {
        // Of zstd the stream ends with the first frame, and there may be more of them.
        const begin = this.#part.begin + this.#part.stream.bytesWritten
        if (begin >= this.#size) this.isAtEnd = true
        else {
          this.close()
          this.#part = partOf(this.#handle, this.#kind, begin)
          return this.#look()
        }
        return
      }
      this.#produced += value.length
      this.#ahead = value
      this.#check()
    } catch (error) {
      this.#failure = error instanceof Trouble ? error : this.#trouble(reasonOf(error))
      this.#ahead = empty
    }
  }

  #check(): void {
    if (this.#produced > this.#maxBytes) throw this.#trouble(new TooLarge({ limit: this.#maxBytes, unit: "bytes" }))
    if (this.#produced > Math.max(ratioFrom, (this.#part.begin + this.#part.stream.bytesWritten) * this.#maxRatio)) {
      throw this.#trouble(new TooLarge({ limit: this.#maxRatio, unit: "times its size" }))
    }
  }

  #trouble(reason: Reason): Trouble {
    return new Trouble(this.#path, reason)
  }
}

const reasonOf = (error: unknown): Reason => {
  const code = Predicate.hasProperty(error, "code") && typeof error.code === "string" ? error.code : "UNKNOWN"
  return code.startsWith("Z") ? new NotDecompressed({ code }) : reasonOfSystem(error)
}
