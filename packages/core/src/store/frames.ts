/** How a record lies in a segment: a frame of 32 bytes and its JSON, filled up to a multiple of eight. */
import { crc32c } from "./crc32c.ts"
import { isKind } from "./records.ts"

/** What is to be written. */
export interface Entry {
  readonly lsn: number
  readonly kind: number
  readonly payload: Uint8Array
}

/** What was found: the payload lies from `start` to before `end` of the segment. */
export interface Frame {
  readonly lsn: number
  readonly kind: number
  /** Everything up to this place was durable when the frame was written. */
  readonly durable: number
  readonly crc: number
  readonly offset: number
  readonly start: number
  readonly end: number
}

/** `u32 length | u32 crc | u8 kind | u8 flags | u16 0 | u32 0 | u64 lsn | u64 durable`, all little-endian. */
export const frameHeaderBytes = 32

/** Two bytes are the shortest JSON of an object, and zeros are no frame. */
const payloadMin = 2

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8

export const frameBytes = (payload: number): number => frameHeaderBytes + aligned(payload)

export const frameEnd = (frame: Frame): number => frame.offset + frameBytes(frame.end - frame.start)

const wide = 2 ** 32

export const setWide = (view: DataView, offset: number, value: number): void => {
  view.setUint32(offset, value % wide, true)
  view.setUint32(offset + 4, Math.floor(value / wide), true)
}

/** Beyond what a number holds exactly it gives something that is larger than every place. */
export const getWide = (view: DataView, offset: number): number => {
  const value = view.getUint32(offset + 4, true) * wide + view.getUint32(offset, true)
  return Number.isSafeInteger(value) ? value : Infinity
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The salt of the segment is in every checksum, so that old bytes of a block that is used again are no frames. */
const checksum = (bytes: Uint8Array, offset: number, salt: number): number =>
  crc32c(bytes, offset + 8, offset + frameHeaderBytes, crc32c(bytes, offset, offset + 4, salt))

/** A payload from here on is written from where it is, not copied. */
const largePayload = 64 * 1024

/** What a write takes, and the checksum of its last frame. */
export interface Group {
  readonly parts: ReadonlyArray<Uint8Array>
  readonly bytes: number
  readonly crc: number
}

/** Puts entries into frames for a segment. */
export const frameGroup = (entries: ReadonlyArray<Entry>, salt: number, durable: number): Group => {
  const copied = (payload: Uint8Array) => payload.length < largePayload
  let room = 0
  for (const { payload } of entries) {
    room += copied(payload) ? frameBytes(payload.length) : frameBytes(payload.length) - payload.length
  }
  const block = new Uint8Array(room)
  const view = viewOf(block)
  const parts: Array<Uint8Array> = []
  let at = 0
  let from = 0
  let bytes = 0
  let crc = 0
  for (const { kind, lsn, payload } of entries) {
    view.setUint32(at, payload.length, true)
    block[at + 8] = kind
    setWide(view, at + 16, lsn)
    setWide(view, at + 24, durable)
    crc = crc32c(payload, 0, payload.length, checksum(block, at, salt))
    view.setUint32(at + 4, crc, true)
    at += frameHeaderBytes
    const padding = aligned(payload.length) - payload.length
    if (copied(payload)) {
      block.set(payload, at)
      at += payload.length
    } else {
      parts.push(block.subarray(from, at), payload)
      from = at
    }
    at += padding
    bytes += frameBytes(payload.length)
  }
  if (from < at) parts.push(block.subarray(from, at))
  return { parts, bytes, crc }
}

/** The frame at an offset, if there is a whole and valid one. A length is believed only as far as there are bytes. */
export const readFrame = (bytes: Uint8Array, view: DataView, offset: number, salt: number): Frame | undefined => {
  const frame = glimpse(bytes, view, offset)
  if (frame === undefined) return undefined
  const crc = crc32c(bytes, frame.start, frame.end, checksum(bytes, offset, salt))
  return crc === frame.crc ? frame : undefined
}

/** What may be a frame, by all but its checksum. */
export const glimpse = (bytes: Uint8Array, view: DataView, offset: number): Frame | undefined => {
  const start = offset + frameHeaderBytes
  if (start + payloadMin > bytes.length) return undefined
  const length = view.getUint32(offset, true)
  if (length < payloadMin || length > bytes.length - start) return undefined
  const kind = bytes[offset + 8]!
  if (!isKind(kind) || bytes[offset + 9] !== 0 || view.getUint16(offset + 10, true) !== 0) return undefined
  if (view.getUint32(offset + 12, true) !== 0) return undefined
  const lsn = getWide(view, offset + 16)
  const durable = getWide(view, offset + 24)
  if (lsn < 1 || lsn === Infinity || durable >= lsn) return undefined
  return { lsn, kind, durable, crc: view.getUint32(offset + 4, true), offset, start, end: start + length }
}
