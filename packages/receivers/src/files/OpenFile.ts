/** One file that is being read. */
import { type FileHandle, lstat } from "node:fs/promises"
import { FileChanged } from "./FilesError.ts"
import type { Cut, Frame, Framer } from "./Format.ts"
import { type Inflated, inflate } from "./inflate.ts"
import { at, refuseLinks, Trouble } from "./locate.ts"
import { openRegular } from "./openRegular.ts"
import type { CompressionOptions } from "./Options.ts"
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
  /** What it holds, if it is compressed; and whether all of that was read. */
  readonly #inflated: Inflated | undefined
  #isEnded = false
  /** Where reading stops before the end. */
  readonly #stop: number

  private constructor(
    { from, name, path, until }: Part,
    handle: FileHandle,
    identity: Identity,
    frame: Frame<Chunk>,
    inflated: Inflated | undefined
  ) {
    this.path = path
    this.#handle = handle
    this.#identity = identity
    this.#inflated = inflated
    this.#offset = from?.offset ?? 0
    this.#stop = until?.offset ?? Infinity
    this.#isOpenEnded = from?.open ?? false
    this.framer = frame(name, from)
  }

  static async open<Chunk>(part: Part, frame: Frame<Chunk>, compression: CompressionOptions): Promise<OpenFile<Chunk>> {
    const { from, path, until } = part
    const { handle, stats } = await openRegular(path)
    try {
      if (part.name.includes("/")) await refuseLinks(path)
      const identity = identityOf(stats)
      const change = (from && changeAt(from, identity)) ?? (until && changeOf(until, identity))
      if (change !== undefined) throw new Trouble(path, change)
      const inflated = inflate(path, handle, identity.size, compression)
      try {
        await inflated?.skip(from?.offset ?? 0)
        return new OpenFile(part, handle, identity, frame, inflated)
      } catch (error) {
        inflated?.close()
        throw error
      }
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Where the record begins that is not whole yet. */
  get place(): FilePlace {
    const { head, lines, offset } = this.framer.place
    const place = { offset, lines, open: this.#isOpenEnded, ...this.#identity }
    return {
      ...place,
      ...(head === undefined ? {} : { head }),
      ...(this.#inflated === undefined ? {} : { ended: this.#isEnded })
    }
  }

  /** Reads what fits into `buffer`, and gives the records that it completed; at the end, also the one without ending. */
  async read(buffer: Uint8Array): Promise<Step<Chunk>> {
    const bytes = await this.#next(buffer)
    this.#offset += bytes.length
    const cut = this.framer.push(bytes)
    if (cut.records > 0) this.#isOpenEnded = false
    if (cut.failure !== undefined || !(await this.#isAtEnd(bytes.length))) return { cut, isLast: false }
    const end = this.framer.end()
    if (end.records > 0) this.#isOpenEnded = true
    this.#isEnded = end.failure === undefined
    return { cut: joined(cut, end), isLast: true }
  }

  async #next(buffer: Uint8Array): Promise<Uint8Array> {
    const length = Math.min(buffer.length, this.#stop - this.#offset)
    if (this.#inflated !== undefined) return this.#inflated.next(length)
    const { bytesRead } = await at(this.path, this.#handle.read(buffer, 0, length, this.#offset))
    return buffer.subarray(0, bytesRead)
  }

  /** The end is believed once the file is no longer than what was read, and still the one that was opened. */
  async #isAtEnd(bytesRead: number): Promise<boolean> {
    if (this.#offset >= this.#stop) return true
    if (this.#inflated?.isAtEnd === false) return false
    if (this.#inflated === undefined && this.#offset < this.#identity.size) {
      if (bytesRead > 0) return false
      throw new Trouble(this.path, new FileChanged({ how: "shrunk" }))
    }
    const now = identityOf(await at(this.path, lstat(this.path, { bigint: true })))
    const change = now.inode === this.#identity.inode
      ? changeOf(this.#identity, now)
      : new FileChanged({ how: "replaced" })
    if (change !== undefined) throw new Trouble(this.path, change)
    if (this.#inflated !== undefined) {
      if (now.size === this.#identity.size) return true
      throw new Trouble(this.path, new FileChanged({ how: "rewritten" }))
    }
    this.#identity = now
    return this.#offset >= now.size
  }

  async close(): Promise<void> {
    this.#inflated?.close()
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
