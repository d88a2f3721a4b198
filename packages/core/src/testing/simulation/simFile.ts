/** A file as a disk holds it: what programs see, and what of it would still be there after a loss of power. */
import type { Chance } from "./Chance.ts"

/** What a disk writes whole or, at the end of what it was writing, in part. */
const sectorBytes = 512

export class SimFile {
  length = 0
  private content = new Uint8Array(sectorBytes)
  private durable: Uint8Array = new Uint8Array(0)
  /** Sectors that were written to since they were last synced. */
  private readonly dirty = new Set<number>()

  append(bytes: Uint8Array): void {
    const end = this.length + bytes.length
    if (end > this.content.length) {
      const larger = new Uint8Array(Math.max(end, this.content.length * 2))
      larger.set(this.content.subarray(0, this.length))
      this.content = larger
    }
    this.content.set(bytes, this.length)
    for (let at = Math.floor(this.length / sectorBytes); at * sectorBytes < end; at++) this.dirty.add(at)
    this.length = end
  }

  read(): Uint8Array {
    return this.content.slice(0, this.length)
  }

  sync(): void {
    if (this.dirty.size > 0 || this.durable.length !== this.length) this.durable = this.read()
    this.dirty.clear()
  }

  /** Turns one bit over, in memory and on the disk. */
  flip(bit: number): void {
    const at = bit >>> 3
    if (at >= this.length) return
    this.content[at] = this.content[at]! ^ 1 << (bit & 7)
    if (at < this.durable.length) this.durable[at] = this.content[at]
  }

  /** The power is gone: of what was not synced each sector may be there or not, the last one in part. */
  losePower(chance: Chance): void {
    const kept = this.keptSectors(chance)
    const last = Math.max(-1, ...kept)
    const tornAt = (last + 1) * sectorBytes - (chance.is(0.5) ? chance.int(sectorBytes) : 0)
    const end = Math.max(this.durable.length, Math.min(this.length, tornAt))
    const after = new Uint8Array(end)
    // What the disk had in a block before the file did may show through where nothing was written.
    if (chance.is(0.2)) after.fill(0xa5, this.durable.length)
    after.set(this.durable)
    for (const sector of kept) {
      const from = sector * sectorBytes
      const until = Math.min(end, from + sectorBytes, sector === last ? Math.max(tornAt, this.durable.length) : Infinity)
      if (until > from) after.set(this.content.subarray(from, until), from)
    }
    this.become(after)
  }

  /** A sync failed: what was to be written is gone, and reading tells what the disk has. */
  failSync(chance: Chance): void {
    if (chance.is(0.5)) this.losePower(chance)
  }

  private keptSectors(chance: Chance): Array<number> {
    const dirty = [...this.dirty]
    switch (chance.int(4)) {
      case 0:
        return []
      case 1:
        return dirty
      case 2:
        return dirty.slice(0, chance.int(dirty.length + 1))
      default:
        return dirty.filter(() => chance.is(0.5))
    }
  }

  private become(bytes: Uint8Array): void {
    this.durable = bytes
    this.content = bytes.slice()
    this.length = bytes.length
    this.dirty.clear()
  }
}
