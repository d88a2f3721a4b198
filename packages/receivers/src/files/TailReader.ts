/** Follows a file that grows, through its rotations. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import { basename } from "node:path"
import { BlockReader, type Next, type Opening } from "./BlockReader.ts"
import { FileChanged, NotFound } from "./FilesError.ts"
import type { Cut, Frame, Place } from "./Format.ts"
import { lineStart } from "./lineStart.ts"
import { Trouble } from "./locate.ts"
import type { Tally } from "./metrics.ts"
import type { Opened } from "./openRegular.ts"
import type { TailOptions } from "./Options.ts"
import { activeOf, type Candidate, candidatesOf, findSeen, inodeOf, openCandidate, openSeen } from "./rotated.ts"
import { TailFile } from "./TailFile.ts"
import { leftMax, type Seen, type TailPosition } from "./TailPosition.ts"

export class TailReader<Chunk> extends BlockReader<Chunk, TailPosition> {
  readonly #options: TailOptions
  readonly #frame: Frame<Chunk>
  readonly #clock: Clock.Clock
  readonly #tally: Tally
  readonly #buffer: Uint8Array
  readonly #name: string
  readonly #rotateWait: number
  #from: TailPosition | undefined
  #file: TailFile<Chunk> | undefined = undefined
  #position: TailPosition | undefined
  #generation: number
  #start: number
  #left: TailPosition["left"]
  /** Where the next file has to be looked for: after one that was written to then. */
  #after: bigint | undefined = undefined
  /** Since when the file that is read has another's name, or since it last grew after that, in milliseconds. */
  #rotatedAt: number | undefined = undefined
  /** When it was last written to before that was noticed. */
  #rotatedModified: bigint | undefined = undefined
  /** Whether it is the copy of a file that was cut off: nobody writes to that. */
  #isCopy = false
  #failure: unknown = undefined

  constructor(options: TailOptions, from: TailPosition | undefined, { blockBytes, clock, frame, tally }: Opening<Chunk>) {
    super()
    this.#options = options
    this.#frame = frame
    this.#clock = clock
    this.#tally = tally
    this.#buffer = Buffer.allocUnsafeSlow(blockBytes)
    this.#name = basename(options.path)
    this.#rotateWait = Duration.toMillis(options.rotateWait ?? "5 seconds")
    this.#from = from
    this.#position = from
    this.#generation = from?.generation ?? 0
    this.#start = from?.start ?? 0
    this.#left = from?.left ?? []
  }

  protected override async release(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  /** What came before a trouble is given before it. */
  protected override async gather(): Promise<Next<Chunk, TailPosition>> {
    const payload: Array<Chunk> = []
    let records = 0
    let bytes = 0
    while ((records === 0 || bytes < this.#buffer.length) && !this.isClosed) {
      const isFirst = this.#position === undefined
      const cut = await this.#read()
      if (isFirst && this.#position !== undefined && this.#options.existing === "skip") {
        return { payload: [], records: 0, bytes: 0, resumeAfter: this.#position }
      }
      if (cut === undefined) break
      records += cut.records
      bytes += cut.bytes
      for (const chunk of cut.payload) payload.push(chunk)
    }
    if (records > 0) return { payload, records, bytes, resumeAfter: this.#position }
    if (this.#failure !== undefined) throw this.#failure
    return "idle"
  }

  /** The next records, or none although there is more to look at; `undefined` where there is nothing now. */
  async #read(): Promise<Cut<Chunk> | undefined> {
    try {
      if (this.#failure !== undefined) return undefined
      const isNew = this.#file === undefined
      const file = this.#file ??= await this.#open()
      if (file === undefined) return undefined
      if (isNew && this.#position === undefined && this.#options.existing === "skip") {
        this.#position = this.#at(file, false)
        return undefined
      }
      const bytes = await file.read(this.#buffer, Infinity)
      if (bytes === undefined) return file.offset === 0 ? await this.#again(file) : await this.#cutOff(file)
      if (file.offset === 0 && await this.#isOvertaken(file, bytes.length === 0)) return await this.#again(file)
      if (bytes.length > 0) {
        if (this.#rotatedAt !== undefined) this.#rotatedAt = this.#clock.currentTimeMillisUnsafe()
        return this.#counted(file, () => file.push(bytes))
      }
      return await this.#atEnd(file)
    } catch (error) {
      this.#failure = error
      return undefined
    }
  }

  /** Looks once more for the file that comes next. */
  async #again(file: TailFile<Chunk>): Promise<undefined> {
    this.#file = undefined
    await file.close()
    return undefined
  }

  #counted(file: TailFile<Chunk>, cutting: () => Cut<Chunk>, ended = false): Cut<Chunk> {
    const { replaced, skipped } = file.framer
    const cut = cutting()
    this.#tally.skipped(file.framer.skipped - skipped)
    this.#tally.replaced(file.framer.replaced - replaced)
    this.#position = this.#at(file, ended)
    if (cut.failure !== undefined) this.#failure = new Trouble(file.path, cut.failure)
    return cut
  }

  #at(file: TailFile<Chunk>, ended: boolean): TailPosition {
    const { head, lines, offset } = file.framer.place
    return {
      ...file.seen,
      offset,
      lines,
      ...(head === undefined ? {} : { head }),
      generation: this.#generation,
      ended,
      modified: String(this.#rotatedModified ?? file.modified),
      start: this.#start,
      left: this.#left
    }
  }

  async #open(): Promise<TailFile<Chunk> | undefined> {
    const from = this.#from
    if (from === undefined) return this.#follow(await candidatesOf(this.#options))
    const opened = await findSeen(this.#options, from, from.offset)
    if (opened === undefined && !from.ended) return this.#lost(this.#options.path, BigInt(from.modified), from)
    this.#from = undefined
    if (opened === undefined || from.ended) {
      await opened?.handle.close()
      this.#leave(from, from.offset, BigInt(from.modified))
      return undefined
    }
    return TailFile.make(opened.path, opened, this.#frame(this.#name, from), from)
  }

  /** The file after the one that was left: the oldest that was written to later, else the one that has the name. */
  async #follow(candidates: ReadonlyArray<Candidate>): Promise<TailFile<Chunk> | undefined> {
    const active = await activeOf(this.#options)
    if (active === undefined && this.#after === undefined) throw new Trouble(this.#options.path, new NotFound())
    const next = await this.#older(candidates, active) ?? active
    if (next === undefined) return undefined
    const opened = await openCandidate(next)
    if (opened === undefined) return undefined
    this.#isCopy = false
    this.#rotatedAt = undefined
    this.#rotatedModified = undefined
    const isFirst = this.#after === undefined
    this.#after ??= opened.stats.mtimeNs
    if (!isFirst || this.#options.existing !== "skip") return this.#made(next, opened, undefined)
    this.#start = await lineStart(next.path, opened)
    return this.#made(next, opened, { offset: this.#start, lines: 0 })
  }

  #made({ path }: Candidate, opened: Opened, from: Place | undefined): Promise<TailFile<Chunk>> {
    return TailFile.make(path, opened, this.#frame(this.#name, from), from)
  }

  /** The oldest rotated file that was written to after the last one was left, and is none of those. */
  async #older(candidates: ReadonlyArray<Candidate>, active: Candidate | undefined): Promise<Candidate | undefined> {
    const after = this.#after
    if (after === undefined) return undefined
    for (const candidate of candidates) {
      const inode = inodeOf(candidate.stats)
      if (candidate.stats.mtimeNs < after || active !== undefined && inode === inodeOf(active.stats)) continue
      // A number of an inode that was left may be in use again.
      const left = this.#left.findLast((left) => left.inode === inode)
      if (left === undefined || left.size === 0 && candidate.stats.size > 0n) return candidate
      const opened = await openSeen([candidate], left, 0)
      if (opened === undefined) return candidate
      await opened.handle.close()
    }
    return undefined
  }

  /** Nothing was read of a file yet; what it held may have been copied and cut off just before, or be before it is read. */
  async #isOvertaken(file: TailFile<Chunk>, isEmpty: boolean): Promise<boolean> {
    const active = await activeOf(this.#options)
    if (active === undefined || inodeOf(active.stats) !== file.seen.inode) return false
    return isEmpty || await this.#older(await candidatesOf(this.#options), active) !== undefined
  }

  /** All that is there was read. */
  async #atEnd(file: TailFile<Chunk>): Promise<Cut<Chunk> | undefined> {
    const active = await activeOf(this.#options)
    if (!this.#isCopy) {
      if (active === undefined || inodeOf(active.stats) === file.seen.inode) return undefined
      const now = this.#clock.currentTimeMillisUnsafe()
      this.#rotatedAt ??= now
      this.#rotatedModified ??= file.modified
      if (now - this.#rotatedAt < this.#rotateWait) return undefined
    }
    this.#file = undefined
    const cut = this.#counted(file, () => file.framer.end(), true)
    this.#tally.read()
    await file.close()
    this.#leave(file.seen, file.framer.place.offset, this.#rotatedModified ?? file.modified)
    return cut
  }

  #leave({ inode, print, printed }: Seen, size: number, modified: bigint): void {
    this.#left = [...this.#left, { inode, print, printed, size }].slice(-leftMax)
    this.#generation++
    this.#after = modified
    this.#rotatedAt = undefined
    this.#rotatedModified = undefined
  }

  /** The file does not hold any more what was read of it: the rest is in a copy, if there is one. */
  async #cutOff(file: TailFile<Chunk>): Promise<Cut<Chunk> | undefined> {
    const copy = await findSeen(this.#options, file.seen, file.offset, ({ stats }) => inodeOf(stats) !== file.seen.inode)
    if (copy !== undefined) {
      await file.follow(copy)
      this.#isCopy = true
      return { payload: [], records: 0, bytes: 0 }
    }
    this.#file = undefined
    await file.close()
    this.#lost(file.path, file.modified, { ...file.seen, offset: file.framer.place.offset })
    return undefined
  }

  #lost(path: string, modified: bigint, from: Seen & Pick<TailPosition, "offset">): undefined {
    const trouble = new Trouble(path, new FileChanged({ how: "lost" }))
    if (this.#options.onLost !== "report") throw trouble
    this.untold.push(trouble)
    this.#from = undefined
    this.#leave(from, from.offset, modified)
    return undefined
  }
}
