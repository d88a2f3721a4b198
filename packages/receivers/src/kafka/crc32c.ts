/** The checksum of a batch of records: CRC-32C (Castagnoli), sixteen bytes at a step. */

const stride = 16

/** For each place in a step what a byte there does to the checksum, the last place first. */
const makeTables = (): Uint32Array => {
  const tables = new Uint32Array(stride * 256)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? value >>> 1 ^ 0x82f63b78 : value >>> 1
    tables[byte] = value
  }
  for (let at = 256; at < tables.length; at++) tables[at] = tables[at - 256]! >>> 8 ^ tables[tables[at - 256]! & 0xff]!
  return tables
}

const tables = makeTables()

/** Of the bytes from `start` up to and without `end`. */
export const crc32c = (bytes: Uint8Array, start: number, end: number): number => {
  const t = tables
  let crc = -1
  let at = start
  for (; at + stride <= end; at += stride) {
    crc ^= bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24
    crc = t[3840 + (crc & 0xff)]! ^ t[3584 + (crc >>> 8 & 0xff)]! ^ t[3328 + (crc >>> 16 & 0xff)]! ^ t[3072 + (crc >>> 24)]! ^
      t[2816 + bytes[at + 4]!]! ^ t[2560 + bytes[at + 5]!]! ^ t[2304 + bytes[at + 6]!]! ^ t[2048 + bytes[at + 7]!]! ^
      t[1792 + bytes[at + 8]!]! ^ t[1536 + bytes[at + 9]!]! ^ t[1280 + bytes[at + 10]!]! ^ t[1024 + bytes[at + 11]!]! ^
      t[768 + bytes[at + 12]!]! ^ t[512 + bytes[at + 13]!]! ^ t[256 + bytes[at + 14]!]! ^ t[bytes[at + 15]!]!
  }
  for (; at < end; at++) crc = crc >>> 8 ^ t[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}
