/**
 * Which records a journal holds: follows the epochs from the newest one that was sealed to the oldest that is left.
 * Tells an unfinished tail, which is dropped, from damage to what was durable, which is refused. Pure.
 */
import * as Result from "effect/Result"
import type { Reason } from "./CheckpointError.ts"
import { type Frame, frameEnd } from "./frames.ts"
import { sealKind } from "./records.ts"
import type { Segment } from "./scanSegment.ts"
import { format, type SegmentHeader, segmentHeaderBytes } from "./segmentHeader.ts"

/** The frames of a segment that count. */
export interface Link {
  readonly segment: Segment
  readonly frames: ReadonlyArray<Frame>
}

/** What a journal holds, without a gap. */
export interface Chain {
  /** The epoch to go on from, 0 for none. */
  readonly epoch: number
  /** Oldest first. */
  readonly links: ReadonlyArray<Link>
  /** The places of the first and the last record; `first` is one more than `last` where there is none. */
  readonly first: number
  readonly last: number
  /** Checksum of the last frame, 0 for none. */
  readonly crc: number
  readonly warnings: ReadonlyArray<string>
}

type Whole = Segment & { readonly header: SegmentHeader }

type Answer<A> = Result.Result<A, Reason>

const corrupt = (segment: Segment, offset: number, lsn: number): Answer<never> =>
  Result.fail({ _tag: "JournalCorrupt", segment: segment.name, offset, lsn })

/** Its header is made durable before anything is added to it: one that has no more than that was never used. */
const wasUsed = (segment: Segment): boolean =>
  segment.header !== undefined || segment.tooNew !== undefined || segment.bytes.length > segmentHeaderBytes

const isWhole = (segment: Segment): segment is Whole => segment.header !== undefined

/** `until` is for repair: damage after that place ends the journal there instead of being refused. */
export const followChain = (segments: ReadonlyArray<Segment>, until = Infinity): Answer<Chain> => {
  const epochs = new Map<number, Array<Segment>>()
  for (const segment of segments.filter(wasUsed)) {
    if (segment.tooNew !== undefined) {
      return Result.fail({ _tag: "FormatTooNew", found: segment.tooNew, known: format })
    }
    const others = epochs.get(segment.epoch)
    if (others === undefined) epochs.set(segment.epoch, [segment])
    else others.push(segment)
  }
  // Going back to a place before a seal means going back the way of that seal, past epochs beside it.
  let way: number | undefined
  for (const epoch of [...epochs.keys()].sort((a, b) => b - a)) {
    if (way !== undefined && epoch > way) continue
    const oldest = inOrder(epochs.get(epoch)).find(isWhole)?.header
    if (oldest !== undefined && oldest.sealLsn > until) way = oldest.previousEpoch
    const chain = chainFrom(epochs, epoch, until)
    if (Result.isFailure(chain)) return Result.fail(chain.failure)
    if (chain.success !== undefined) return Result.succeed(chain.success)
  }
  return Result.succeed({ epoch: 0, links: [], first: 1, last: 0, crc: 0, warnings: [] })
}

/** The chain that ends with an epoch, or nothing where that was never sealed. */
const chainFrom = (
  epochs: ReadonlyMap<number, ReadonlyArray<Segment>>,
  epoch: number,
  until: number
): Answer<Chain | undefined> => {
  const newest = readEpoch(inOrder(epochs.get(epoch)), until, until === Infinity)
  if (Result.isFailure(newest)) return Result.fail(newest.failure)
  if (newest.success === undefined) return Result.succeed(undefined)
  const links = [...newest.success.links]
  const warnings = newest.success.warnings
  let { firstLsn, header } = newest.success
  while (firstLsn === header.sealLsn && header.previousEpoch > 0) {
    const before = inOrder(epochs.get(header.previousEpoch))
    if (before.length === 0) break
    const read = readSealed(before, header)
    if (Result.isFailure(read)) return Result.fail(read.failure)
    // What is left of it was added after the seal.
    if (read.success === undefined) break
    links.unshift(...read.success.links)
    ;({ firstLsn, header } = read.success)
  }
  const broken = brokenLink(links)
  if (broken !== undefined) return broken
  const last = links.at(-1)?.frames.at(-1)
  return Result.succeed({
    epoch,
    links,
    first: firstLsn,
    last: last?.lsn ?? firstLsn - 1,
    crc: last?.crc ?? 0,
    warnings
  })
}

/**
 * What an epoch held when it was sealed. A write that was refused for want of room may be whole all the same, and stand
 * in the next segment again, added after the seal: the checksum that the seal names tells which of the two it followed.
 */
const readSealed = (segments: ReadonlyArray<Segment>, { previousCrc, sealLsn }: SegmentHeader): Answer<Epoch | undefined> => {
  const all = readEpoch(segments, sealLsn - 1, false)
  for (let count = segments.length; count > 0; count--) {
    const read = count === segments.length ? all : readEpoch(segments.slice(0, count), sealLsn - 1, false)
    const last = Result.isSuccess(read) ? read.success?.links.at(-1)?.frames.at(-1) : undefined
    if (last?.lsn === sealLsn - 1 && last.crc === previousCrc) return read
  }
  return all
}

const inOrder = (segments: ReadonlyArray<Segment> | undefined): ReadonlyArray<Segment> =>
  [...segments ?? []].sort((a, b) => a.number - b.number)

interface Epoch {
  readonly links: ReadonlyArray<Link>
  /** Of its oldest segment that is left. */
  readonly header: SegmentHeader
  readonly firstLsn: number
  readonly warnings: ReadonlyArray<string>
}

/** The frames of an epoch up to a place. All of them have to be there, or, with `open`, all that were durable. */
const readEpoch = (segments: ReadonlyArray<Segment>, until: number, open: boolean): Answer<Epoch | undefined> => {
  const whole: Array<Whole> = []
  for (const segment of segments) {
    if (isWhole(segment)) whole.push(segment)
    else if (until === Infinity) return corrupt(segment, 0, (whole.at(-1)?.header.firstLsn ?? 0) + 1)
  }
  const inside = whole.filter(({ header }) => header.firstLsn <= until)
  const oldest = inside[0]
  if (oldest === undefined) return Result.succeed(undefined)
  const durable = Math.max(...whole.map((segment) => segment.durable))
  const links: Array<Link> = []
  const warnings: Array<string> = []
  for (const [place, segment] of inside.entries()) {
    const next = inside[place + 1]?.header.firstLsn
    const last = next === undefined ? until : next - 1
    const reached = segment.header.firstLsn + segment.frames.length - 1
    if (reached < last && !(open && next === undefined && durable <= reached)) {
      return corrupt(segment, segment.end, reached + 1)
    }
    if (next === undefined && segment.end < segment.bytes.length && reached < last) warnings.push(tail(segment, reached))
    const frames = segment.frames.slice(0, Math.max(0, last - segment.header.firstLsn + 1))
    if (frames.length > 0) links.push({ segment, frames })
  }
  const { firstLsn, sealLsn } = oldest.header
  if (sealLsn === firstLsn) {
    const seal = links[0]?.frames[0]
    if (seal === undefined || seal.lsn !== sealLsn) return Result.succeed(undefined)
    if (seal.kind !== sealKind) return corrupt(oldest, seal.offset, seal.lsn)
  }
  return Result.succeed({ links, header: oldest.header, firstLsn, warnings })
}

const tail = (segment: Segment, lsn: number): string =>
  `Dropped ${segment.bytes.length - segment.end} bytes after record ${lsn} in segment ${segment.name}: ` +
  "they are what was being written when the process ended"

/** Each segment names the checksum of the frame before it. */
const brokenLink = (links: ReadonlyArray<Link>): Answer<never> | undefined => {
  for (const [place, { frames, segment }] of links.entries()) {
    const before = links[place - 1]?.frames.at(-1)
    if (before === undefined || segment.header === undefined) continue
    if (frames[0]?.lsn !== before.lsn + 1 || segment.header.previousCrc !== before.crc) {
      return corrupt(segment, 0, before.lsn + 1)
    }
  }
  return undefined
}

export const bytesOf = (frames: ReadonlyArray<Frame>): number =>
  frames.reduce((sum, frame) => sum + frameEnd(frame) - frame.offset, 0)
