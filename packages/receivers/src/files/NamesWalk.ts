/** The files of a directory as they were when it was opened, in the order of their names. */
import type { Span } from "./BlockReader.ts"
import { FileChanged, NotFound } from "./FilesError.ts"
import type { Walk } from "./FilesReader.ts"
import { type Located, Trouble } from "./locate.ts"
import type { Part } from "./OpenFile.ts"
import { type FilePlace, isAtEnd, type Position } from "./Position.ts"

export class NamesWalk implements Walk<Position> {
  readonly isEndless = false
  readonly #located: Located
  readonly #names: ReadonlyArray<string>
  readonly #span: Span<Position>
  readonly #filesBefore: number
  #next = 0
  #current: { readonly file: string; readonly files: number } | undefined
  #place: FilePlace | undefined

  constructor(located: Located, span: Span<Position>) {
    const { from, until } = span
    this.#located = located
    this.#names = located.names.filter((name) => name >= (from?.file ?? "") && (until === undefined || name <= until.file))
    this.#span = span
    this.#current = from
    this.#place = from
    const isThere = from !== undefined && this.#names[0] === from.file
    if (from !== undefined && !isThere && !isAtEnd(from)) throw new Trouble(located.pathOf(from.file), new NotFound())
    if (until !== undefined && this.#names.at(-1) !== until.file) throw new Trouble(located.pathOf(until.file), new NotFound())
    this.#filesBefore = from === undefined ? 0 : isThere ? from.files : from.files + 1
  }

  async next(): Promise<Part | undefined> {
    const name = this.#names[this.#next]
    if (name === undefined) return undefined
    const { from, until } = this.#span
    const path = this.#located.pathOf(name)
    const files = this.#filesBefore + this.#next++
    const last = name === until?.file ? until : undefined
    if (last !== undefined && last.files !== files) throw new Trouble(path, new FileChanged({ how: "others" }))
    this.#current = { file: name, files }
    return { path, name, from: name === from?.file ? from : undefined, until: last }
  }

  moved(place: FilePlace): void {
    this.#place = place
  }

  position(): Position | undefined {
    const { file, files } = this.#current ?? {}
    return this.#place === undefined || file === undefined || files === undefined ? undefined : { ...this.#place, file, files }
  }
}
