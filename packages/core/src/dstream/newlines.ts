/** Counts newlines four bytes at a time: a line of 22 bytes costs a few nanoseconds, a search per line costs ten times as much. */

const newline = 0x0a
const newlines = 0x0a0a0a0a
const low = 0x7f7f7f7f
/** Below this a view of words costs more than it saves. */
const bytesMin = 48
/** So many words add up in the four lanes of one counter before a lane of eight bits is full. */
const laneMax = 255

/** How many newlines a stretch of bytes holds, and whether all of it is ASCII. */
export interface Census {
  readonly newlines: number
  readonly isAscii: boolean
}

/**
 * Looks at `bytes` from `from` up to `to`, `to` excluded. A byte is a newline where `byte ^ 0x0a` is zero; adding `0x7f` to
 * the low seven bits of each lane carries into the eighth bit unless they are zero.
 */
export const census = (bytes: Uint8Array, from: number, to: number): Census => {
  let count = 0
  let seen = 0
  let index = from
  const aligned = to - from < bytesMin ? to : from + (-(bytes.byteOffset + from) & 3)
  for (; index < aligned; index++) {
    seen |= bytes[index]!
    if (bytes[index] === newline) count++
  }
  if (index === to) return { newlines: count, isAscii: (seen & 0x80) === 0 }
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + index, (to - index) >> 2)
  const length = words.length
  for (let word = 0; word < length;) {
    const stop = Math.min(word + laneMax, length)
    let lanes = 0
    for (; word < stop; word++) {
      const four = words[word]!
      seen |= four
      const zeroed = four ^ newlines
      lanes = (lanes + (~(((zeroed & low) + low) | zeroed | low) >>> 7)) | 0
    }
    const pairs = (lanes & 0x00ff00ff) + ((lanes >>> 8) & 0x00ff00ff)
    count += (pairs & 0xffff) + (pairs >>> 16)
  }
  for (index += length << 2; index < to; index++) {
    seen |= bytes[index]!
    if (bytes[index] === newline) count++
  }
  return { newlines: count, isAscii: (seen & 0x80808080) === 0 }
}
