/** Windows of event time as they are held: per key, live, and as they were before the batch. */
import type { Primitive } from "../batch/Key.ts"
import { newEncodedKey, newKey } from "./guard.ts"
import type { Delta, Entry } from "./Memory.ts"
import { fromJson, toJson } from "./primitiveJson.ts"
import { TooManyWindows } from "./TooManyWindows.ts"
import type { Json } from "./windowJson.ts"

/** From `start` to before `end`, in milliseconds. */
export interface Bounds {
  readonly start: number
  readonly end: number
}

/** A key and its windows. */
export interface Track {
  readonly key: unknown
  readonly name: Primitive
  /** By start. */
  cells: Array<Cell>
  /** What `cells` was before the batch, where the batch put another list in its place. */
  cellsBefore: Array<Cell> | undefined
}

/** What changes about a window. */
interface State extends Bounds {
  readonly value: unknown
  /** Whether something came since it was told. */
  readonly changed: boolean
  /** Under which bounds the window, and those that became part of it, were told. */
  readonly told: ReadonlyArray<Bounds>
  readonly alive: boolean
}

/** A window of a key. */
export class Cell implements State {
  readonly track: Track
  /** Its age among all, and its name where it is written down. */
  readonly serial: number
  start: number
  end: number
  value: unknown
  changed = true
  told: ReadonlyArray<Bounds> = none
  alive = true
  /** The times that it is filed under; `NaN`: under none. */
  firesAt = NaN
  closesAt = NaN
  touchedBy = -1
  before: State = unborn

  constructor(track: Track, serial: number, { end, start }: Bounds, value: unknown) {
    this.track = track
    this.serial = serial
    this.start = start
    this.end = end
    this.value = value
  }
}

const none: ReadonlyArray<Bounds> = []

const unborn: State = { start: 0, end: 0, value: undefined, changed: false, told: none, alive: false }

export interface CellsOptions {
  /** The user's name for the operator. */
  readonly operator: string
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
  private before = { size: 0, serial: 0 }
  private touched: Array<Cell> = []
  private touchedTracks: Array<Track> = []

  constructor(options: CellsOptions) {
    this.options = options
  }

  begin(): void {
    this.batch++
  }

  find(name: Primitive): Track | undefined {
    return this.tracks.get(name)
  }

  /** A key that has no track. It stays only where a window is inserted. */
  newTrack(key: unknown, name: Primitive): Track {
    const held = this.options.encoded ? this.structural(key, name) : newKey(key)
    const track: Track = { key: held, name: name === 0 ? 0 : name, cells: [], cellsBefore: undefined }
    this.tracks.set(track.name, track)
    this.own(track)
    return track
  }

  insert(track: Track, at: number, bounds: Bounds, value: unknown): Cell {
    const { maxWindows, operator } = this.options
    if (this.size >= maxWindows) throw new TooManyWindows(operator, maxWindows)
    const cell = new Cell(track, ++this.serial, bounds, value)
    cell.touchedBy = this.batch
    this.touched.push(cell)
    this.own(track)
    track.cells.splice(at, 0, cell)
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
    track.cells.splice(track.cells.indexOf(cell), 1)
    this.size--
  }

  delta(): Delta {
    const set: Array<Entry> = []
    const removed: Array<Primitive> = []
    for (const cell of this.touched) {
      if (cell.alive) set.push(this.write(cell))
      else if (cell.before.alive) removed.push(cell.serial)
    }
    return { set, removed }
  }

  commit(): void {
    for (const track of this.touchedTracks) {
      track.cellsBefore = undefined
      if (track.cells.length === 0) this.tracks.delete(track.name)
    }
    for (const cell of this.touched) cell.before = unborn
    this.mark()
  }

  /** Gives the windows that are as they were before. */
  rollback(): ReadonlyArray<Cell> {
    for (const track of this.touchedTracks) {
      track.cells = track.cellsBefore ?? track.cells
      track.cellsBefore = undefined
      if (track.cells.length === 0) this.tracks.delete(track.name)
    }
    for (const cell of this.touched) {
      Object.assign(cell, cell.before)
      cell.before = unborn
    }
    const restored = this.touched.filter(({ alive }) => alive)
    this.size = this.before.size
    this.serial = this.before.serial
    this.mark()
    return restored
  }

  *all(): Iterable<Cell> {
    for (const { cells } of this.tracks.values()) yield* cells
  }

  snapshot(): ReadonlyArray<Entry> {
    return Array.from(this.all(), (cell) => this.write(cell))
  }

  /** Takes its own from among the entries of a stage. */
  restore(entries: ReadonlyArray<Entry>): void {
    for (const [serial, json] of entries) {
      if (typeof serial !== "number" || !Array.isArray(json)) continue
      const [start, end, changed, told, name, value, key] = json
      const track = this.restoredTrack(fromJson(name), key)
      const cell = new Cell(track, serial, { start, end }, this.options.value.decode(value))
      cell.changed = changed === 1
      cell.told = bounds(told)
      track.cells.push(cell)
      this.serial = Math.max(this.serial, serial)
      this.size++
    }
    for (const { cells } of this.tracks.values()) cells.sort((left, right) => left.start - right.start)
    this.mark()
  }

  private restoredTrack(name: Primitive, json: unknown): Track {
    const known = this.tracks.get(name)
    if (known !== undefined) return known
    const key = this.options.encoded ? this.options.key?.decode(json) : name
    const track: Track = { key, name, cells: [], cellsBefore: undefined }
    this.tracks.set(name, track)
    return track
  }

  private write({ changed, end, start, told, track, serial, value }: Cell): Entry {
    const { encoded, key, value: json } = this.options
    const row = [start, end, changed ? 1 : 0, told.map(({ end, start }) => [start, end]), toJson(track.name), json.encode(value)]
    return [serial, encoded ? [...row, key?.encode(track.key)] : row]
  }

  /** The list of a track is the batch's own from here on. */
  private own(track: Track): void {
    if (track.cellsBefore !== undefined) return
    track.cellsBefore = track.cells
    track.cells = track.cells.slice()
    this.touchedTracks.push(track)
  }

  private structural(key: unknown, name: Primitive): unknown {
    if (this.options.key === undefined) throw new TypeError(needsKeySchema)
    newEncodedKey(name)
    return key
  }

  private mark(): void {
    this.touched = []
    this.touchedTracks = []
    this.before = { size: this.size, serial: this.serial }
  }
}

const bounds = (json: unknown): ReadonlyArray<Bounds> =>
  Array.isArray(json) ? json.map(([start, end]) => ({ start, end })) : none

const needsKeySchema = "Keys that come with an encoding are remembered with a schema that writes them down: give `key`"
