/** A window of event time, and the list of those that one key has. */
import type { Primitive } from "../batch/Key.ts"
import type { EventPane, PaneFold } from "./EventPanes.ts"

/** From `start` to before `end`, in milliseconds. */
export interface Bounds {
  readonly start: number
  readonly end: number
}

/** A key and its windows: a list, by start. */
export class Track {
  readonly key: unknown
  readonly name: Primitive
  newest: Cell | undefined = undefined
  oldest: Cell | undefined = undefined
  /** Where windows overlap: what was added, by start. */
  readonly panes: Array<EventPane> = []
  fold: PaneFold | undefined = undefined
  /** The batch that put windows in or took some out last. */
  touchedBy = -1

  constructor(key: unknown, name: Primitive) {
    this.key = key
    this.name = name
  }
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

/** A window of a key. What each record looks at comes first. */
export class Cell implements State {
  start = 0
  end = 0
  value: unknown
  touchedBy = -1
  changed = true
  alive = true
  /** The times that it is filed under; `NaN`: under none. */
  firesAt = NaN
  closesAt = NaN
  readonly track: Track
  older: Cell | undefined = undefined
  newer: Cell | undefined = undefined
  /** Its age among all, and its name where it is written down. */
  readonly serial: number
  told: ReadonlyArray<Bounds> = none
  before: State = unborn

  constructor(track: Track, serial: number, start: number, end: number, value: unknown) {
    this.track = track
    this.serial = serial
    this.start = start
    this.end = end
    this.value = value
  }
}

export const none: ReadonlyArray<Bounds> = []

export const unborn: State = { start: 0, end: 0, value: undefined, changed: false, told: none, alive: false }

/** Oldest first. */
export function* cellsOf({ oldest }: Track): Iterable<Cell> {
  for (let cell = oldest; cell !== undefined; cell = cell.newer) yield cell
}

export const link = (track: Track, older: Cell | undefined, cell: Cell): void => {
  const newer = older === undefined ? track.oldest : older.newer
  cell.older = older
  cell.newer = newer
  if (older === undefined) track.oldest = cell
  else older.newer = cell
  if (newer === undefined) track.newest = cell
  else newer.older = cell
}

export const unlink = (cell: Cell): void => {
  const { newer, older, track } = cell
  if (newer === undefined) track.newest = older
  else newer.older = older
  if (older === undefined) track.oldest = newer
  else older.newer = newer
  cell.older = cell.newer = undefined
}

export const relink = (track: Track, cells: Array<Cell>): void => {
  track.newest = track.oldest = undefined
  for (const cell of cells.sort((left, right) => left.start - right.start)) link(track, track.newest, cell)
}
