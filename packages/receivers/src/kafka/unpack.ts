/** Unpacks the records of a batch, up to a bound: a few bytes may stand for gigabytes. */
import { gunzipSync, zstdDecompressSync } from "node:zlib"

/** By its number in the attributes of a batch. */
export const gzip = 1
export const snappy = 2
export const lz4 = 3
export const zstd = 4

/** Thrown before more than the bound is allocated. */
export class UnpackedTooLarge extends Error {}

/** Unpacks all at once, without a bound of its own. */
type Unbounded = (bytes: Buffer) => Buffer

/** `unbounded` is for what `node:zlib` does not know; those say beforehand how large they become. */
export const unpack = (compression: number, bytes: Buffer, limit: number, unbounded: Unbounded): Buffer => {
  switch (compression) {
    case gzip:
      return bounded(() => gunzipSync(bytes, { maxOutputLength: limit }))
    case zstd:
      return bounded(() => zstdDecompressSync(bytes, { maxOutputLength: limit }))
    default: {
      const size = compression === snappy ? snappySize(bytes) : compression === lz4 ? lz4Size(bytes) : 0
      if (size > limit) throw new UnpackedTooLarge()
      return unbounded(bytes)
    }
  }
}

const bounded = (unpacked: () => Buffer): Buffer => {
  try {
    return unpacked()
  } catch (error) {
    throw error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE" ? new UnpackedTooLarge() : error
  }
}

/** How the frames begin that Java writes around the format itself. */
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const xerialHead = 16

/** Each piece says how long it becomes, and what unpacks it holds it to that. */
const snappySize = (bytes: Buffer): number => {
  if (!bytes.subarray(0, xerial.length).equals(xerial)) return sizeAt(bytes, 0)
  let size = 0
  for (let at = xerialHead; at + 4 <= bytes.length; at += 4 + bytes.readUInt32BE(at)) size += sizeAt(bytes, at + 4)
  return size
}

const sizeAt = (bytes: Buffer, at: number): number => {
  let size = 0
  for (let place = 0; place < 5; place++) {
    const byte = bytes[at + place] ?? 0
    size += (byte & 0x7f) * 128 ** place
    if (byte < 0x80) break
  }
  return size
}

const lz4Magic = 0x184d2204

/** What the blocks of a frame hold at most: all but the last are full, unless they are small. A byte stands for 255 at most. */
const lz4Size = (bytes: Buffer): number => {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== lz4Magic) return bytes.length * 255
  const flags = bytes[4] ?? 0
  const blockMax = 2 ** (8 + 2 * ((bytes[5] ?? 0) >>> 4 & 7))
  const checksum = (flags & 16) === 0 ? 0 : 4
  let size = 0
  for (let at = 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4); at + 4 <= bytes.length;) {
    const head = bytes.readUInt32LE(at)
    // The highest bit says that the block is as it was.
    const length = head & 0x7fffffff
    if (length === 0) break
    size += head === length ? Math.min(blockMax, length * 255) : length
    at += 4 + length + checksum
  }
  return size
}
