/** Reads files one after the other, as blocks of whole records. */
import { BlockReader, type Next, type Opening } from "./BlockReader.ts"
import type { Cut, Frame } from "./Format.ts"
import { Trouble } from "./locate.ts"
import type { Tally } from "./metrics.ts"
import { OpenFile, type Part } from "./OpenFile.ts"
import type { CompressionOptions } from "./Options.ts"
import type { FilePlace } from "./Position.ts"

/** Which files there are to read, and what is to be remembered of them. */
export interface Walk<P> {
  /** The next file, if there is one now. */
  readonly next: () => Promise<Part | undefined>
  /** So far the file was read that `next` gave last. */
  readonly moved: (place: FilePlace, isLast: boolean) => void
  /** Where reading goes on after what was read. */
  readonly position: () => P | undefined
  /** A position that has to be remembered before anything is read. */
  readonly first?: () => Promise<P | undefined>
  /** Whether there may be more files later. */
  readonly isEndless: boolean
  /** Whether reading goes on with the next file after a trouble at opening one. */
  readonly survives?: (trouble: Trouble) => boolean
  /** Where to put troubles that it lives through. */
  tell?: (trouble: Trouble) => void
}

/** So many files may make one block, where they are small. */
const blockFiles = 64

export class FilesReader<Chunk, P> extends BlockReader<Chunk, P> {
  readonly #walk: Walk<P>
  readonly #frame: Frame<Chunk>
  readonly #compression: CompressionOptions
  readonly #tally: Tally
  readonly #buffer: Uint8Array
  #opened = 0
  #file: OpenFile<Chunk> | undefined = undefined
  #failure: unknown = undefined
  #isFirst = true

  constructor(walk: Walk<P>, { blockBytes, frame, tally }: Opening<Chunk>, compression: CompressionOptions) {
    super()
    this.#walk = walk
    this.#frame = frame
    this.#compression = compression
    this.#tally = tally
    this.#buffer = Buffer.allocUnsafeSlow(blockBytes)
    walk.tell = (trouble) => this.untold.push(trouble)
  }

  protected override async release(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  /** What came before a trouble is given before it. */
  protected override async gather(): Promise<Next<Chunk, P>> {
    if (this.#isFirst) {
      const resumeAfter = await this.#walk.first?.()
      this.#isFirst = false
      if (resumeAfter !== undefined) return { payload: [], records: 0, bytes: 0, resumeAfter }
    }
    const payload: Array<Chunk> = []
    let records = 0
    let bytes = 0
    const first = this.#opened
    const hasRoom = () => bytes < this.#buffer.length && this.#opened - first < blockFiles
    while ((records === 0 || hasRoom()) && !this.isClosed) {
      const cut = await this.#read()
      if (cut === undefined) break
      records += cut.records
      bytes += cut.bytes
      for (const chunk of cut.payload) payload.push(chunk)
    }
    if (records > 0) return { payload, records, bytes, resumeAfter: this.#walk.position() }
    if (this.#failure !== undefined) throw this.#failure
    return this.#walk.isEndless ? "idle" : undefined
  }

  /** The next records, or none yet; `undefined` where reading ends, be it by a failure. */
  async #read(): Promise<Cut<Chunk> | undefined> {
    try {
      if (this.#failure !== undefined) return undefined
      const file = this.#file ??= await this.#open()
      if (file === undefined) return undefined
      const { replaced, skipped } = file.framer
      const { cut, isLast } = await file.read(this.#buffer)
      this.#tally.skipped(file.framer.skipped - skipped)
      this.#tally.replaced(file.framer.replaced - replaced)
      this.#walk.moved(file.place, isLast)
      if (cut.failure !== undefined) this.#failure = new Trouble(file.path, cut.failure)
      if (isLast) await this.#leave(file)
      return cut
    } catch (error) {
      this.#failure = error
      return undefined
    }
  }

  async #leave(file: OpenFile<Chunk>): Promise<void> {
    this.#file = undefined
    this.#tally.read()
    await file.close()
  }

  async #open(): Promise<OpenFile<Chunk> | undefined> {
    for (;;) {
      const part = await this.#walk.next()
      if (part === undefined) return undefined
      this.#opened++
      try {
        return await OpenFile.open(part, this.#frame, this.#compression)
      } catch (error) {
        if (!(error instanceof Trouble) || this.#walk.survives?.(error) !== true) throw error
      }
    }
  }
}
