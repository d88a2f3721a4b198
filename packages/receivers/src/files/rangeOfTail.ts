/** Reads again what was read between two positions of a file that grows. */
import { basename } from "node:path"
import { BlockReader, type Next, type Opening } from "./BlockReader.ts"
import { FileChanged, Forgotten } from "./FilesError.ts"
import type { Place } from "./Format.ts"
import { Trouble } from "./locate.ts"
import type { TailOptions } from "./Options.ts"
import { findSeen } from "./rotated.ts"
import { TailFile } from "./TailFile.ts"
import { leftMax, type Seen, type TailPosition } from "./TailPosition.ts"

/** A part of one file. */
interface Part {
  readonly seen: Seen
  readonly from: Place | undefined
  readonly until: number
  readonly isEnded: boolean
}

export class RangeOfTail<Chunk> extends BlockReader<Chunk, TailPosition> {
  readonly #options: TailOptions
  readonly #opening: Opening<Chunk>
  readonly #parts: ReadonlyArray<Part>
  #next = 0

  constructor(options: TailOptions, from: TailPosition | undefined, until: TailPosition, opening: Opening<Chunk>) {
    super()
    this.#options = options
    this.#opening = opening
    this.#parts = partsOf(options, from, until)
  }

  protected override release(): Promise<void> {
    return Promise.resolve()
  }

  /** All of one file. */
  protected override async gather(): Promise<Next<Chunk, TailPosition>> {
    const part = this.#parts[this.#next++]
    if (part === undefined || this.isClosed) return undefined
    const { path } = this.#options
    const lost = new Trouble(path, new FileChanged({ how: "lost" }))
    const opened = await findSeen(this.#options, part.seen, part.until)
    if (opened === undefined) throw lost
    const file = await TailFile.make(opened.path, opened, this.#opening.frame(basename(path), part.from), {
      offset: 0,
      lines: 0,
      ...part.from,
      ...part.seen
    })
    try {
      const payload: Array<Chunk> = []
      const buffer = Buffer.allocUnsafeSlow(this.#opening.blockBytes)
      while (file.offset < part.until) {
        const bytes = await file.read(buffer, part.until)
        if (bytes === undefined || bytes.length === 0) throw lost
        for (const chunk of file.push(bytes).payload) payload.push(chunk)
      }
      if (part.isEnded) for (const chunk of file.framer.end().payload) payload.push(chunk)
      return { payload, records: payload.length, bytes: 0 }
    } finally {
      await file.close()
    }
  }
}

const partsOf = (options: TailOptions, from: TailPosition | undefined, until: TailPosition): ReadonlyArray<Part> => {
  const first = from?.generation ?? 0
  const begin = from ?? { offset: until.start, lines: 0 }
  const parts: Array<Part> = []
  for (let generation = first; generation <= until.generation; generation++) {
    const isFirst = generation === first
    if (isFirst && from?.ended === true) continue
    const isLast = generation === until.generation
    const left = until.left.at(generation - until.generation)
    if (!isLast && (left === undefined || until.generation - generation > until.left.length)) {
      throw new Trouble(options.path, new Forgotten({ limit: leftMax }))
    }
    parts.push({
      seen: seenOf(isLast || left === undefined ? until : left),
      from: isFirst && begin.offset > 0 ? begin : undefined,
      until: isLast || left === undefined ? until.offset : left.size,
      isEnded: !isLast || until.ended
    })
  }
  return parts
}

const seenOf = ({ inode, print, printed }: Seen): Seen => ({ inode, print, printed })
