/** Reads located files one after the other, as blocks of text of whole lines. */
import type { Lines, Receiver } from "@millrace/core"
import { FileChanged, NotFound } from "./FilesError.ts"
import { type Located, Trouble } from "./locate.ts"
import type { Tally } from "./metrics.ts"
import { OpenFile } from "./OpenFile.ts"
import { isAtEnd, type Position } from "./Position.ts"

/** What is read: everything after one place, up to and including another. */
export interface Span {
  readonly from: Position | undefined
  readonly until: Position | undefined
}

type Block = Receiver.Block<string, Position>

/** So many files may make one block, where they are small. */
const blockFiles = 64

export class LineReader {
  readonly #located: Located
  readonly #names: ReadonlyArray<string>
  readonly #span: Span
  readonly #lines: Lines.Options
  readonly #tally: Tally
  readonly #buffer: Uint8Array
  readonly #filesBefore: number
  #next = 0
  #file: OpenFile | undefined = undefined
  #position: Position | undefined
  #failure: unknown = undefined
  #closed = false
  #reading: Promise<Block | undefined> | undefined = undefined

  constructor(located: Located, span: Span, lines: Lines.Options, blockBytes: number, tally: Tally) {
    const { from, until } = span
    this.#located = located
    this.#names = located.names.filter((name) => name >= (from?.file ?? "") && (until === undefined || name <= until.file))
    this.#span = span
    this.#lines = lines
    this.#tally = tally
    this.#buffer = Buffer.allocUnsafeSlow(blockBytes)
    this.#position = from
    const isThere = from !== undefined && this.#names[0] === from.file
    if (from !== undefined && !isThere && !isAtEnd(from)) throw new Trouble(located.pathOf(from.file), new NotFound())
    if (until !== undefined && this.#names.at(-1) !== until.file) throw new Trouble(located.pathOf(until.file), new NotFound())
    this.#filesBefore = from === undefined ? 0 : isThere ? from.files : from.files + 1
  }

  /**
   * The next block; `undefined` at the end. What came before a trouble is given before it. The same one is given until
   * it is `taken`, so that nothing is lost with a pull that was interrupted.
   */
  next(): Promise<Block | undefined> {
    return this.#reading ??= this.#gather()
  }

  taken(): void {
    this.#reading = undefined
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#reading?.catch(() => {})
    await this.#file?.close()
    this.#file = undefined
  }

  async #gather(): Promise<Block | undefined> {
    const payload: Array<string> = []
    let records = 0
    let bytes = 0
    const first = this.#next
    while (bytes < this.#buffer.length && this.#next - first < blockFiles && !this.#closed) {
      const cut = await this.#read()
      if (cut === undefined) break
      records += cut.records
      bytes += cut.bytes
      for (const text of cut.payload) payload.push(text)
    }
    if (records > 0) return { payload, records, bytes, resumeAfter: this.#position }
    if (this.#failure !== undefined) throw this.#failure
    return undefined
  }

  /** The next lines, or none yet; `undefined` where reading ends, be it by a failure. */
  async #read(): Promise<Lines.Cut | undefined> {
    try {
      const file = this.#file ??= await this.#open()
      if (file === undefined || this.#failure !== undefined) return undefined
      const { replaced, skipped } = file.framer
      const { cut, isLast } = await file.read(this.#buffer)
      this.#tally.skipped(file.framer.skipped - skipped)
      this.#tally.replaced(file.framer.replaced - replaced)
      this.#position = file.position
      if (cut.failure !== undefined) this.#failure = new Trouble(file.path, cut.failure)
      if (isLast) await this.#leave(file)
      return cut
    } catch (error) {
      this.#failure = error
      return undefined
    }
  }

  async #leave(file: OpenFile): Promise<void> {
    this.#file = undefined
    this.#tally.read()
    await file.close()
  }

  async #open(): Promise<OpenFile | undefined> {
    const name = this.#names[this.#next]
    if (name === undefined || this.#failure !== undefined) return undefined
    const { from, until } = this.#span
    const path = this.#located.pathOf(name)
    const files = this.#filesBefore + this.#next++
    const last = name === until?.file ? until : undefined
    if (last !== undefined && last.files !== files) throw new Trouble(path, new FileChanged({ how: "others" }))
    return OpenFile.open({ path, name, files, from: name === from?.file ? from : undefined, until: last }, this.#lines)
  }
}
