/** The first 64 bytes of a segment: whose it is, where it begins, what came before it. */
import { crc32c } from "./crc32c.ts"
import { getWide, setWide, viewOf } from "./frames.ts"

/** The newest format that this version writes and reads. */
export const format = 1

export const segmentHeaderBytes = 64

export interface SegmentHeader {
  readonly epoch: number
  readonly number: number
  /** The epoch that this one goes on from, 0 for none. */
  readonly previousEpoch: number
  /** Place of the epoch's `Seal`: what went before it belongs to the epoch before. 0 where there is none. */
  readonly sealLsn: number
  readonly firstLsn: number
  /** Checksum of the frame before the first, 0 for none. */
  readonly previousCrc: number
  readonly salt: number
}

/** "millrace" in bytes. */
const magic = new Uint8Array([109, 105, 108, 108, 114, 97, 99, 101])

export const encodeSegmentHeader = (header: SegmentHeader): Uint8Array => {
  const bytes = new Uint8Array(segmentHeaderBytes)
  const view = viewOf(bytes)
  bytes.set(magic)
  view.setUint32(8, format, true)
  setWide(view, 16, header.epoch)
  setWide(view, 24, header.previousEpoch)
  setWide(view, 32, header.sealLsn)
  setWide(view, 40, header.firstLsn)
  view.setUint32(48, header.previousCrc, true)
  view.setUint32(52, header.salt, true)
  view.setUint32(56, header.number, true)
  view.setUint32(12, checksum(bytes), true)
  return bytes
}

const checksum = (bytes: Uint8Array): number => crc32c(bytes, 16, segmentHeaderBytes, crc32c(bytes, 0, 12))

/** `FormatTooNew` where a newer version wrote it, nothing where it is damaged. */
export const decodeSegmentHeader = (bytes: Uint8Array): SegmentHeader | { readonly tooNew: number } | undefined => {
  if (bytes.length < segmentHeaderBytes || magic.some((byte, place) => bytes[place] !== byte)) return undefined
  const view = viewOf(bytes)
  if (view.getUint32(12, true) !== checksum(bytes)) return undefined
  const found = view.getUint32(8, true)
  if (found > format) return { tooNew: found }
  const header = {
    epoch: getWide(view, 16),
    number: view.getUint32(56, true),
    previousEpoch: getWide(view, 24),
    sealLsn: getWide(view, 32),
    firstLsn: getWide(view, 40),
    previousCrc: view.getUint32(48, true),
    salt: view.getUint32(52, true)
  }
  const isSound = header.epoch >= 1 && header.previousEpoch < header.epoch && header.firstLsn >= 1 &&
    header.firstLsn < Infinity && header.sealLsn <= header.firstLsn
  return isSound ? header : undefined
}
