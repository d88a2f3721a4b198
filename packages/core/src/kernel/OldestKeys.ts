/** The key whose last update is longest ago, among those that are live and those that a store keeps. */
import type { LiveKeys } from "./LiveKeys.ts"
import { nameIn } from "./storedRow.ts"
import { storedByTime, type StoredKey, type StoredKeys } from "./StoredKeys.ts"

interface Candidate {
  readonly slot: number
  readonly at: number
  readonly serial: number
}

/** For one batch. What the batch touches is the newest, and is only looked at when nothing else is left. */
export class OldestKeys {
  private readonly live: LiveKeys
  private readonly bring: (row: StoredKey) => number
  private readonly rows: Generator<StoredKey>
  private row: StoredKey | undefined
  private candidates: ReadonlyArray<Candidate>
  private at = 0

  constructor(live: LiveKeys, stored: StoredKeys, turn: number, bring: (row: StoredKey) => number) {
    this.live = live
    this.bring = bring
    this.rows = storedByTime(stored, Infinity)
    this.candidates = this.pinned((slot) => live.turns[slot] !== turn)
    this.nextRow()
  }

  /** The slot of a key with state; `undefined` where there is none. */
  take(): number | undefined {
    const row = this.stored()
    const candidate = this.candidate() ?? (row === undefined ? this.again() : undefined)
    if (row === undefined || candidate !== undefined && isBefore(candidate, row)) {
      if (candidate !== undefined) this.at++
      return candidate?.slot
    }
    const slot = this.live.find(nameIn(row)) || this.bring(row)
    this.nextRow()
    return slot
  }

  private pinned(isWanted: (slot: number) => boolean): ReadonlyArray<Candidate> {
    const { live } = this
    const found: Array<Candidate> = []
    for (let slot = 1; slot <= live.last; slot++) {
      if (live.states[slot] === undefined || !live.isPinned(slot) || !isWanted(slot)) continue
      found.push({ slot, at: live.times[slot]!, serial: live.serials[slot]! })
    }
    return found.sort((left, right) => isBefore(left, right) ? -1 : 1)
  }

  /** The first that is still what it was. */
  private candidate(): Candidate | undefined {
    const { live } = this
    for (; this.at < this.candidates.length; this.at++) {
      const candidate = this.candidates[this.at]!
      const { at, serial, slot } = candidate
      if (live.states[slot] !== undefined && live.times[slot] === at && live.serials[slot] === serial) return candidate
    }
    return undefined
  }

  /** Nothing is left but what the batch has touched. */
  private again(): Candidate | undefined {
    this.candidates = this.pinned(() => true)
    this.at = 0
    return this.candidate()
  }

  /** The first of the store that no batch has touched of which the store knows nothing. */
  private stored(): StoredKey | undefined {
    for (; this.row !== undefined; this.nextRow()) {
      const slot = this.live.find(nameIn(this.row))
      if (slot === 0 || !this.live.isPinned(slot)) return this.row
    }
    return undefined
  }

  private nextRow(): void {
    const { done, value } = this.rows.next()
    this.row = done === true ? undefined : value
  }
}

const isBefore = (left: Pick<StoredKey, "at" | "serial">, right: Pick<StoredKey, "at" | "serial">): boolean =>
  left.at < right.at || left.at === right.at && left.serial < right.serial
