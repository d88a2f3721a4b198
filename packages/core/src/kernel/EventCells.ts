/** Windows of event time as they are held: per key, live, and as they were before the batch. */
import type { Primitive } from "../batch/Key.ts"
import { type Bounds, Cell, cellsOf, link, none, relink, Track, unborn, unlink } from "./EventCell.ts"
import { type KeyBound, tooManyKeys } from "./KeyBound.ts"
import { newEncodedKey, newKey } from "./guard.ts"
import type { Delta } from "./Memory.ts"
import { fromJson, toJson } from "./primitiveJson.ts"
import { TooManyWindows } from "./TooManyWindows.ts"
import type { Json } from "./windowJson.ts"

/** What a window has, as it is to be written down. */
export type ValueOf = (cell: Cell) => unknown

export interface CellsOptions extends KeyBound {
  readonly value: Json
  /** Set where the user gave a schema for structural keys. */
  readonly key: Json | undefined
  /** Whether keys come with an encoding. */
  readonly encoded: boolean
  readonly maxWindows: number
}

export class EventCells {
  private readonly options: CellsOptions
  private readonly tracks = new Map<Primitive, Track>()
  private batch = 0
  private size = 0
  private serial = 0
  private keys = 0
  private before = { size: 0, serial: 0, keys: 0 }
  private touched: Array<Cell> = []
  private touchedTracks: Array<Track> = []
  /** What was restored, by name, until the first batch. */
  private readonly written = new Map<unknown, Cell>()
  /** Keys that lost their last window to a delta, and may have got another since. */
  private readonly emptied = new Set<Primitive>()

  constructor(options: CellsOptions) {
    this.options = options
  }

  begin(): void {
    this.batch++
    if (this.written.size > 0) this.written.clear()
  }

  find(name: Primitive): Track | undefined {
    return this.tracks.get(name)
  }

  /** A key that has no track. It stays only where a window is inserted. */
  newTrack(key: unknown, name: Primitive): Track {
    const held = this.options.encoded ? this.structural(key, name) : newKey(key)
    const track = new Track(held, name === 0 ? 0 : name)
    this.tracks.set(track.name, track)
    this.own(track)
    return track
  }

  /** Whether there is no room for one more window of the key. */
  isFull(track: Track): boolean {
    const { maxKeys, maxWindows } = this.options
    return this.size >= maxWindows || (track.newest === undefined && this.keys >= maxKeys)
  }

  /** `older`: the window that it comes right after. */
  insert(track: Track, older: Cell | undefined, start: number, end: number, value: unknown): Cell {
    if (this.isFull(track)) throw this.refusal()
    const cell = new Cell(track, ++this.serial, start, end, value)
    cell.touchedBy = this.batch
    this.touched.push(cell)
    this.own(track)
    if (track.newest === undefined) this.keys++
    link(track, older, cell)
    this.size++
    return cell
  }

  /** To be called before a cell is changed. */
  touch(cell: Cell): void {
    if (cell.touchedBy === this.batch) return
    cell.touchedBy = this.batch
    const { alive, changed, end, start, told, value } = cell
    cell.before = { alive, changed, end, start, told, value }
    this.touched.push(cell)
  }

  remove(cell: Cell): void {
    const { track } = cell
    this.touch(cell)
    this.own(track)
    cell.alive = false
    unlink(cell)
    this.size--
    if (track.newest === undefined) this.keys--
  }

  delta(valueOf: ValueOf): Delta {
    const gone = this.touched.filter(({ alive, before }) => !alive && before.alive)
    return this.write(this.touched.filter(({ alive }) => alive), gone, valueOf)
  }

  /** The keys that got windows or lost some in this batch. */
  changedTracks(): ReadonlyArray<Track> {
    return this.touchedTracks
  }

  commit(): void {
    for (const track of this.touchedTracks) if (track.newest === undefined) this.tracks.delete(track.name)
    for (const cell of this.touched) cell.before = unborn
    this.mark()
  }

  /** Gives the windows that are as they were before. */
  rollback(): ReadonlyArray<Cell> {
    const cells = new Map(this.touchedTracks.map((track) => [track, new Set(cellsOf(track))]))
    for (const cell of this.touched) {
      Object.assign(cell, cell.before)
      cell.before = unborn
      cells.get(cell.track)?.add(cell)
    }
    for (const [track, all] of cells) {
      relink(track, [...all].filter(({ alive }) => alive))
      if (track.newest === undefined) this.tracks.delete(track.name)
    }
    const restored = this.touched.filter(({ alive }) => alive)
    this.size = this.before.size
    this.serial = this.before.serial
    this.keys = this.before.keys
    this.mark()
    return restored
  }

  *all(): Iterable<Cell> {
    for (const track of this.tracks.values()) yield* cellsOf(track)
  }

  snapshot(valueOf: ValueOf): Delta {
    return this.write([...this.all()], [], valueOf)
  }

  /** Takes its own from among what a stage wrote down. Gives the windows that are new or changed. */
  restore({ names, removed, values }: Delta): ReadonlyArray<Cell> {
    for (const serial of removed) this.forget(serial)
    const restored = new Map<Track, Array<Cell>>()
    names.forEach((serial, index) => {
      const json = values[index]
      if (typeof serial !== "number" || !Array.isArray(json)) return
      this.forget(serial)
      const [start, end, changed, told, name, value, key] = json
      const track = this.restoredTrack(fromJson(name), key)
      const cell = new Cell(track, serial, start, end, this.options.value.decode(value))
      cell.changed = changed === 1
      cell.told = bounds(told)
      const cells = restored.get(track)
      if (cells === undefined) restored.set(track, [cell])
      else cells.push(cell)
      this.written.set(serial, cell)
      this.serial = Math.max(this.serial, serial)
      this.size++
    })
    for (const [track, cells] of restored) relink(track, [...cellsOf(track), ...cells])
    for (const name of this.emptied) if (this.tracks.get(name)?.newest === undefined) this.tracks.delete(name)
    this.emptied.clear()
    this.keys = this.tracks.size
    this.mark()
    return [...restored.values()].flat()
  }

  private forget(serial: unknown): void {
    const cell = this.written.get(serial)
    if (cell === undefined) return
    this.written.delete(serial)
    cell.alive = false
    unlink(cell)
    if (cell.track.newest === undefined) this.emptied.add(cell.track.name)
    this.size--
  }

  private restoredTrack(name: Primitive, json: unknown): Track {
    const known = this.tracks.get(name)
    if (known !== undefined) return known
    const key = this.options.encoded ? this.options.key?.decode(json) : name
    const track = new Track(key, name)
    this.tracks.set(name, track)
    return track
  }

  private write(cells: ReadonlyArray<Cell>, gone: ReadonlyArray<Cell>, valueOf: ValueOf): Delta {
    const serialOf = ({ serial }: Cell): number => serial
    return {
      removed: gone.map(serialOf),
      names: cells.map(serialOf),
      values: cells.map((cell) => this.row(cell, valueOf(cell)))
    }
  }

  private row({ changed, end, start, told, track }: Cell, value: unknown): ReadonlyArray<unknown> {
    const { encoded, key, value: json } = this.options
    const row = [start, end, changed ? 1 : 0, told.map(({ end, start }) => [start, end]), toJson(track.name), json.encode(value)]
    return encoded ? [...row, key?.encode(track.key)] : row
  }

  private own(track: Track): void {
    if (track.touchedBy === this.batch) return
    track.touchedBy = this.batch
    this.touchedTracks.push(track)
  }

  private refusal(): Error {
    const { maxWindows, operator } = this.options
    return this.size >= maxWindows
      ? new TooManyWindows(operator, maxWindows)
      : tooManyKeys(this.options)
  }

  private structural(key: unknown, name: Primitive): unknown {
    if (this.options.key === undefined) throw new TypeError(needsKeySchema)
    newEncodedKey(name)
    return key
  }

  private mark(): void {
    this.touched = []
    this.touchedTracks = []
    this.before = { size: this.size, serial: this.serial, keys: this.keys }
  }
}

const bounds = (json: unknown): ReadonlyArray<Bounds> =>
  Array.isArray(json) ? json.map(([start, end]) => ({ start, end })) : none

const needsKeySchema = "Keys that come with an encoding are remembered with a schema that writes them down: give `key`"
