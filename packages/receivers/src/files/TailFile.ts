/** One of the files that are followed. */
import type { FileHandle } from "node:fs/promises"
import type { Cut, Frame, Framer, Place } from "./Format.ts"
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

  constructor(path: string, { handle, stats }: Opened, frame: Frame<Chunk>, name: string, from: Place | undefined, seen?: Seen) {
    this.path = path
    this.#handle = handle
    this.#modified = stats.mtimeNs
    this.#seen = { inode: inodeOf(stats), printed: seen?.printed ?? 0, print: seen?.print ?? printOf(new Uint8Array(0)) }
    this.#offset = from?.offset ?? 0
    this.framer = frame(name, from)
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

  async push(bytes: Uint8Array): Promise<Cut<Chunk>> {
    this.#offset += bytes.length
    if (this.#seen.printed < printMax) {
      const head = await headOf(this.path, this.#handle, this.#offset)
      this.#seen = { ...this.#seen, printed: head.length, print: printOf(head) }
    }
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
