/** Reads a segment's bytes: the frames from its beginning, and what later ones say was durable. */
import { type Frame, frameBytes, frameEnd, frameHeaderBytes, glimpse, readFrame, viewOf } from "./frames.ts"
import { decodeSegmentHeader, type SegmentHeader, segmentHeaderBytes } from "./segmentHeader.ts"

/** A segment as it was found. */
export interface Segment {
  /** What the name of the file says. */
  readonly epoch: number
  readonly number: number
  readonly name: string
  readonly bytes: Uint8Array
  /** Nothing where it is damaged, or was never finished. */
  readonly header: SegmentHeader | undefined
  /** Set where a newer version wrote it. */
  readonly tooNew: number | undefined
  /** From the first place on, without a gap. */
  readonly frames: ReadonlyArray<Frame>
  /** Where they end. */
  readonly end: number
  /** The highest place that any valid frame says was durable, also those past damage. */
  readonly durable: number
}

/** Reads what can be read. Takes time and memory in proportion to the bytes, whatever they are. */
export const scanSegment = (epoch: number, number: number, name: string, bytes: Uint8Array): Segment => {
  const found = decodeSegmentHeader(bytes)
  const nothing = { epoch, number, name, bytes, header: undefined, tooNew: undefined, frames: [], end: 0, durable: 0 }
  if (found === undefined) return nothing
  if ("tooNew" in found) return { ...nothing, tooNew: found.tooNew }
  if (found.epoch !== epoch || found.number !== number) return nothing
  const view = viewOf(bytes)
  const frames: Array<Frame> = []
  let end = segmentHeaderBytes
  let durable = found.firstLsn - 1
  while (true) {
    const frame = readFrame(bytes, view, end, found.salt)
    if (frame === undefined || frame.lsn !== found.firstLsn + frames.length) break
    frames.push(frame)
    if (frame.durable > durable) durable = frame.durable
    end = frameEnd(frame)
  }
  durable = Math.max(durable, durableAfter(bytes, view, end, found.salt, found.firstLsn + frames.length))
  return { epoch, number, name, bytes, header: found, tooNew: undefined, frames, end, durable }
}

/**
 * What frames past damage say was durable. Anything that looks like a frame is summed up, so what was made to look like
 * many overlapping ones is given up as damaged: nothing that a crash leaves does.
 */
const durableAfter = (bytes: Uint8Array, view: DataView, from: number, salt: number, missing: number): number => {
  let durable = 0
  let effort = bytes.length * 4
  const last = missing + (bytes.length - from) / frameBytes(2)
  let at = from
  while (at + frameHeaderBytes < bytes.length) {
    const seen = view.getUint32(at, true) === 0 ? undefined : glimpse(bytes, view, at)
    if (seen === undefined || seen.lsn < missing || seen.lsn > last) {
      at += 8
      continue
    }
    effort -= seen.end - at
    if (effort < 0) return Infinity
    const frame = readFrame(bytes, view, at, salt)
    if (frame !== undefined && frame.durable > durable) durable = frame.durable
    at = frame === undefined ? at + 8 : frameEnd(frame)
  }
  return durable
}
