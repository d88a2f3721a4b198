/** One of the files that are followed. */
import type { FileHandle } from "node:fs/promises"
import type { Cut, Framer, Place } from "./Format.ts"
import { at } from "./locate.ts"
import type { Opened } from "./openRegular.ts"
import { headOf, inodeOf, isPrintOf, printMax, printOf } from "./rotated.ts"
import type { Seen } from "./TailPosition.ts"

export class TailFile<Chunk> {
  readonly path: string
  readonly framer: Framer<Chunk>
  #handle: FileHandle
  #seen: Seen
  #modified: bigint
  #offset: number
  /** Its first bytes, as they were read. */
  #head: Uint8Array

  private constructor(path: string, { handle, stats }: Opened, framer: Framer<Chunk>, offset: number, seen: Seen, head: Uint8Array) {
    this.path = path
    this.#handle = handle
    this.#modified = stats.mtimeNs
    this.#seen = seen
    this.#offset = offset
    this.#head = head
    this.framer = framer
  }

  /** From its beginning, or from a place in a file that was seen before. */
  static async make<Chunk>(
    path: string,
    opened: Opened,
    framer: Framer<Chunk>,
    from: (Place & Partial<Seen>) | undefined
  ): Promise<TailFile<Chunk>> {
    const offset = from?.offset ?? 0
    const head = await headOf(path, opened.handle, offset)
    const { print = printOf(head), printed = head.length } = from ?? {}
    const seen = { inode: inodeOf(opened.stats), print, printed }
    // A file that was cut off since it was found is noticed by the first reading.
    const isKnown = head.length >= printed && printOf(head.subarray(0, printed)) === print
    return new TailFile(path, opened, framer, offset, seen, isKnown ? head : head.subarray(0, 0))
  }

  get seen(): Seen {
    return this.#seen
  }

  get modified(): bigint {
    return this.#modified
  }

  /** How many bytes were read. */
  get offset(): number {
    return this.#offset
  }

  /**
   * What was written since. `undefined` where the file is not what it was: what was read then counts for nothing, since
   * it may have been cut off and written anew before. The bytes stand in `buffer`.
   */
  async read(buffer: Uint8Array, until: number): Promise<Uint8Array | undefined> {
    const length = Math.min(buffer.length, until - this.#offset)
    const { bytesRead } = await at(this.path, this.#handle.read(buffer, 0, length, this.#offset))
    const stats = await at(this.path, this.#handle.stat({ bigint: true }))
    if (stats.size < this.#offset + bytesRead || !(await isPrintOf(this.path, this.#handle, this.#seen))) return undefined
    this.#modified = stats.mtimeNs
    return buffer.subarray(0, bytesRead)
  }

  push(bytes: Uint8Array): Cut<Chunk> {
    // Only what was read tells what the file was: by now it may begin otherwise.
    if (this.#head.length < printMax && this.#head.length === this.#offset && bytes.length > 0) {
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, printMax - this.#head.length)])
      this.#seen = { ...this.#seen, printed: this.#head.length, print: printOf(this.#head) }
    }
    this.#offset += bytes.length
    return this.framer.push(bytes)
  }

  /** Goes on in a copy. */
  async follow({ handle, stats }: Opened): Promise<void> {
    const before = this.#handle
    this.#handle = handle
    this.#modified = stats.mtimeNs
    this.#seen = { ...this.#seen, inode: inodeOf(stats) }
    await before.close()
  }

  async close(): Promise<void> {
    await at(this.path, this.#handle.close())
  }
}
