/** Records of one partition as the bytes of a record batch, format 2. */

/** A record, its texts already bytes. */
export interface Raw {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: ReadonlyArray<readonly [name: Uint8Array, value: Uint8Array | null]>
  /** Milliseconds. */
  readonly timestamp: number
}

/** What a batch begins with. */
export const headBytes = 61

/** Lengths, deltas and attributes of a record at their longest. */
const aroundRecord = 36

/** How many bytes a record takes at most. */
export const sizeOf = ({ headers, key, value }: Raw): number => {
  let size = aroundRecord + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, content] of headers) size += 10 + name.length + (content?.length ?? 0)
  return size
}

/** Who writes. */
export interface Stamp {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly isTransactional: boolean
}

/** Compresses the records of a batch; `bitmask` is its number in the format. */
export interface Compressor {
  readonly bitmask: number
  readonly compress: (records: Buffer) => Buffer
}

/** `bytes` is the sum of what `sizeOf` says of the records. The same records and stamp make the same bytes. */
export const encode = (
  records: ReadonlyArray<Raw>,
  bytes: number,
  stamp: Stamp,
  compressor: Compressor | undefined,
  checksum: (bytes: Buffer) => number
): Buffer => {
  const first = records[0]!.timestamp
  let newest = first
  const whole = Buffer.allocUnsafe(headBytes + bytes)
  const cursor = new Cursor(whole, headBytes)
  for (let index = 0; index < records.length; index++) {
    const raw = records[index]!
    if (raw.timestamp > newest) newest = raw.timestamp
    cursor.record(raw, index, raw.timestamp - first)
  }
  const plain = whole.subarray(0, cursor.at)
  const batch = compressor === undefined
    ? plain
    : Buffer.concat([plain.subarray(0, headBytes), compressor.compress(plain.subarray(headBytes))])
  batch.fill(0, 0, 8)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE((compressor?.bitmask ?? 0) | (stamp.isTransactional ? 16 : 0), 21)
  batch.writeInt32BE(records.length - 1, 23)
  batch.writeBigInt64BE(BigInt(first), 27)
  batch.writeBigInt64BE(BigInt(newest), 35)
  batch.writeBigInt64BE(stamp.producerId, 43)
  batch.writeInt16BE(stamp.producerEpoch, 51)
  batch.writeInt32BE(stamp.firstSequence, 53)
  batch.writeInt32BE(records.length, 57)
  batch.writeUInt32BE(checksum(batch.subarray(21)) >>> 0, 17)
  return batch
}

class Cursor {
  at: number
  private readonly buffer: Buffer

  constructor(buffer: Buffer, at: number) {
    this.buffer = buffer
    this.at = at
  }

  record({ headers, key, value }: Raw, offset: number, age: number): void {
    let body = 1 + lengthOf(age) + lengthOf(offset) + bytesLength(key) + bytesLength(value) + lengthOf(headers.length)
    for (const [name, content] of headers) body += bytesLength(name) + bytesLength(content)
    this.number(body)
    this.buffer[this.at++] = 0
    this.number(age)
    this.number(offset)
    this.bytes(key)
    this.bytes(value)
    this.number(headers.length)
    for (const [name, content] of headers) {
      this.bytes(name)
      this.bytes(content)
    }
  }

  private bytes(content: Uint8Array | null): void {
    this.number(content === null ? -1 : content.length)
    if (content === null) return
    this.buffer.set(content, this.at)
    this.at += content.length
  }

  private number(value: number): void {
    let rest = zigzag(value)
    while (rest >= 128) {
      this.buffer[this.at++] = rest % 128 + 128
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.at++] = rest
  }
}

/** Differences of times are longer than 32 bits. */
const zigzag = (value: number): number => value >= 0 ? value * 2 : -value * 2 - 1

const lengthOf = (value: number): number => {
  let length = 1
  for (let rest = zigzag(value); rest >= 128; rest = Math.floor(rest / 128)) length++
  return length
}

const bytesLength = (content: Uint8Array | null): number =>
  content === null ? 1 : lengthOf(content.length) + content.length
