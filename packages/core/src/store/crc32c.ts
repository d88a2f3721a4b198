/** CRC-32C (Castagnoli), sixteen bytes a step: how a frame knows its bytes again. */

const lanes = 16

const tables = (() => {
  const all = new Int32Array(lanes * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    all[byte] = crc
  }
  for (let place = 256; place < all.length; place++) {
    const before = all[place - 256]!
    all[place] = (before >>> 8) ^ all[before & 255]!
  }
  return all
})()

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/**
 * The checksum of `bytes` from `start` to before `end`. Parts are chained by giving the checksum of what came before as
 * `seed`; any other number as first seed makes a checksum of its own kind.
 */
export const crc32c = (bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number => {
  const t = tables
  let crc = ~seed
  let at = start
  const unaligned = isLittleEndian ? Math.min(end, at + (-(bytes.byteOffset + at) & 3)) : end
  for (; at < unaligned; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 255]!
  const steps = (end - at) >> 4
  if (steps > 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, steps * 4)
    for (let word = 0; word < words.length; word += 4) {
      const a = crc ^ words[word]!
      const b = words[word + 1]!
      const c = words[word + 2]!
      const d = words[word + 3]!
      crc = t[3840 + (a & 255)]! ^ t[3584 + ((a >>> 8) & 255)]! ^ t[3328 + ((a >>> 16) & 255)]! ^ t[3072 + (a >>> 24)]! ^
        t[2816 + (b & 255)]! ^ t[2560 + ((b >>> 8) & 255)]! ^ t[2304 + ((b >>> 16) & 255)]! ^ t[2048 + (b >>> 24)]! ^
        t[1792 + (c & 255)]! ^ t[1536 + ((c >>> 8) & 255)]! ^ t[1280 + ((c >>> 16) & 255)]! ^ t[1024 + (c >>> 24)]! ^
        t[768 + (d & 255)]! ^ t[512 + ((d >>> 8) & 255)]! ^ t[256 + ((d >>> 16) & 255)]! ^ t[d >>> 24]!
    }
    at += steps * 16
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 255]!
  return ~crc >>> 0
}
