/** One file that is being read. */
import { type FileHandle, lstat } from "node:fs/promises"
import { FileChanged } from "./FilesError.ts"
import type { Cut, Frame, Framer } from "./Format.ts"
import { at, Trouble } from "./locate.ts"
import { openRegular } from "./openRegular.ts"
import { changeAt, changeOf, type FilePlace, type Identity, identityOf } from "./Position.ts"

/** What of a file is read: all of it, or from one place in it, or up to one. */
export interface Part {
  readonly path: string
  /** Its name in the directory. */
  readonly name: string
  readonly from: FilePlace | undefined
  readonly until: FilePlace | undefined
}

/** Some records, and whether no more follow in this file. */
export interface Step<out Chunk> {
  readonly cut: Cut<Chunk>
  readonly isLast: boolean
}

export class OpenFile<Chunk> {
  readonly path: string
  readonly #handle: FileHandle
  readonly framer: Framer<Chunk>
  #identity: Identity
  #offset: number
  #isOpenEnded: boolean
  /** Where reading stops before the end. */
  readonly #stop: number

  private constructor({ from, name, path, until }: Part, handle: FileHandle, identity: Identity, frame: Frame<Chunk>) {
    this.path = path
    this.#handle = handle
    this.#identity = identity
    this.#offset = from?.offset ?? 0
    this.#stop = until?.offset ?? Infinity
    this.#isOpenEnded = from?.open ?? false
    this.framer = frame(name, from)
  }

  static async open<Chunk>(part: Part, frame: Frame<Chunk>): Promise<OpenFile<Chunk>> {
    const { from, path, until } = part
    const { handle, stats } = await openRegular(path)
    try {
      const identity = identityOf(stats)
      const change = (from && changeAt(from, identity)) ?? (until && changeOf(until, identity))
      if (change !== undefined) throw new Trouble(path, change)
      return new OpenFile(part, handle, identity, frame)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Where the record begins that is not whole yet. */
  get place(): FilePlace {
    const { head, lines, offset } = this.framer.place
    const place = { offset, lines, open: this.#isOpenEnded, ...this.#identity }
    return head === undefined ? place : { ...place, head }
  }

  /** Reads what fits into `buffer`, and gives the records that it completed; at the end, also the one without ending. */
  async read(buffer: Uint8Array): Promise<Step<Chunk>> {
    const length = Math.min(buffer.length, this.#stop - this.#offset)
    const { bytesRead } = await at(this.path, this.#handle.read(buffer, 0, length, this.#offset))
    this.#offset += bytesRead
    const cut = this.framer.push(buffer.subarray(0, bytesRead))
    if (cut.records > 0) this.#isOpenEnded = false
    if (cut.failure !== undefined || !(await this.#isAtEnd(bytesRead))) return { cut, isLast: false }
    const end = this.framer.end()
    if (end.records > 0) this.#isOpenEnded = true
    return { cut: joined(cut, end), isLast: true }
  }

  /** The end is believed once the file is no longer than what was read, and still the one that was opened. */
  async #isAtEnd(bytesRead: number): Promise<boolean> {
    if (this.#offset >= this.#stop) return true
    if (this.#offset < this.#identity.size) {
      if (bytesRead > 0) return false
      throw new Trouble(this.path, new FileChanged({ how: "shrunk" }))
    }
    const now = identityOf(await at(this.path, lstat(this.path, { bigint: true })))
    const change = now.inode === this.#identity.inode
      ? changeOf(this.#identity, now)
      : new FileChanged({ how: "replaced" })
    if (change !== undefined) throw new Trouble(this.path, change)
    this.#identity = now
    return this.#offset >= now.size
  }

  async close(): Promise<void> {
    await at(this.path, this.#handle.close())
  }
}

const joined = <Chunk>(first: Cut<Chunk>, second: Cut<Chunk>): Cut<Chunk> =>
  second.records === 0
    ? { ...first, failure: second.failure }
    : {
      payload: [...first.payload, ...second.payload],
      records: first.records + second.records,
      bytes: first.bytes + second.bytes,
      failure: second.failure
    }
