/** State per key in a store, for more keys than memory holds: the hot ones are live, others are read on a miss. */
import type { Primitive } from "../batch/Key.ts"
import { isSeeded, keyedDelta, readRows, writeRows } from "./keyedCodec.ts"
import type { KeyedRules } from "./KeyedRules.ts"
import type { KeyStates } from "./KeyStates.ts"
import { heldKey, nameOf, withoutSign } from "./keyNames.ts"
import { LiveKeys } from "./LiveKeys.ts"
import type { Delta } from "./Memory.ts"
import { OldestKeys } from "./OldestKeys.ts"
import { ownText } from "./ownText.ts"
import { fromJson, toJson } from "./primitiveJson.ts"
import { keyIn, nameIn, stateIn } from "./storedRow.ts"
import { storedByTime, type StoredKey, type StoredKeys } from "./StoredKeys.ts"
import { TooManyKeys } from "./TooManyKeys.ts"
import { Touched } from "./Touched.ts"
import { storedSnapshot, walkByAge } from "./walkByAge.ts"

/**
 * Does what `KeyedState` does, in the same order. What a batch touches stays live until the store has taken the batch in,
 * also what it removed: so a key that is not live is in the store as it is, and a miss costs one look-up.
 */
export class StoredState implements KeyStates {
  onExpire: (slot: number) => void = () => {}
  private readonly options: KeyedRules
  private readonly stored: StoredKeys
  private readonly live: LiveKeys
  private readonly touched = new Touched()
  /** Beside `touched`: what their marks were. */
  private marks: Array<number> = []
  private born: Array<number> = []
  private oldest: OldestKeys | undefined
  private isAwake = false
  private isOpen = false
  private size = 0
  private next = 1
  private seeded = false
  private before = { size: 0, next: 1, seeded: false }
  private turn = 0
  private batch = 0
  private now = 0
  /** What was updated before this is due. */
  private limit = -Infinity
  private latest = 0

  constructor(options: KeyedRules, stored: StoredKeys) {
    this.options = options
    this.stored = stored
    this.live = new LiveKeys(options.encode !== undefined, stored.maxLiveKeys)
  }

  begin(time: number, batch: number): void {
    this.wake()
    this.live.applied = this.latest
    this.limit = time - (this.options.timeoutMillis ?? Infinity)
    this.now = time
    this.batch = batch
    this.turn++
    this.isOpen = true
    this.mark()
  }

  seed(): void {
    if (this.seeded) return
    this.seeded = true
    const { initial = [], maxKeys, onMaxKeys } = this.options
    // No record is to blame where there is no room for these.
    if (initial.length > maxKeys && onMaxKeys === "dead-letter") throw new RangeError("initialState has more than maxKeys keys")
    for (const [key, state] of initial) {
      const name = nameOf(this.options, key)
      const slot = this.find(name)
      if (slot !== 0) this.update(slot, state)
      else if (state !== undefined) this.insert(this.newKey(key, name), name, state)
    }
  }

  find(name: Primitive): number {
    const { live } = this
    const slot = live.find(name)
    if (slot !== 0) return live.states[slot] !== undefined || live.turns[slot] === this.turn ? slot : 0
    const row = this.stored.get(toJson(name))
    return row === undefined ? 0 : this.bring(row)
  }

  /** A look into a store is nothing that the processor can wait for in the meantime. */
  lookAhead(): void {}

  findNext(name: Primitive): number {
    return this.find(name)
  }

  stateOf(slot: number): unknown {
    return this.live.states[slot]
  }

  keyOf(slot: number): unknown {
    return this.live.keyOf(slot)
  }

  keyUnder(name: Primitive, slot: number): unknown {
    return this.live.keys === undefined ? withoutSign(name) : this.live.keys[slot]
  }

  newKey(key: unknown, name: Primitive): unknown {
    return heldKey(this.options, key, name)
  }

  insert(key: unknown, name: Primitive, state: unknown): number {
    this.makeRoom()
    const { batch, live, now, turn } = this
    const old = live.find(name)
    if (old !== 0) this.touch(old)
    const slot = live.add({ name: ownText(withoutSign(name)), key, state, time: now, serial: this.next++, mark: batch })
    live.turns[slot] = turn
    this.born.push(slot)
    this.size++
    return slot
  }

  update(slot: number, state: unknown): number {
    const { live } = this
    const old = live.states[slot]
    if (state !== undefined && old === undefined) return this.insert(live.keyOf(slot), live.names[slot]!, state)
    if (old === undefined) return slot
    this.touch(slot)
    live.states[slot] = state
    if (state === undefined) this.size--
    return slot
  }

  refresh(slot: number): void {
    this.touch(slot)
  }

  isDue(slot: number): boolean {
    return this.live.times[slot]! < this.limit
  }

  takeDue(): ReadonlyArray<number> {
    const { limit, live, options, stored } = this
    if (options.timeoutMillis === undefined) return []
    const due: Array<number> = []
    const take = (slot: number) => due.push(this.touch(slot))
    for (let slot = 1; slot <= live.last; slot++) if (live.states[slot] !== undefined && this.isDue(slot)) take(slot)
    for (const row of storedByTime(stored, limit)) if (live.find(nameIn(row)) === 0) take(this.bring(row))
    return due.sort((left, right) => live.serials[left]! - live.serials[right]!)
  }

  each(visit: (key: unknown, state: unknown, slot: number) => void): void {
    const { live, options, stored } = this
    walkByAge(live, stored, (row, slot) => {
      if (row === undefined) visit(live.keyOf(slot), live.states[slot], slot)
      else visit(keyIn(options, row), stateIn(options, row), 0)
    })
  }

  delta(): Delta {
    const { born, live, touched } = this
    const rows: Array<number> = []
    const removed: Array<unknown> = []
    for (let i = 0; i < touched.count; i++) {
      const slot = touched.slot(i)
      const state = live.states[slot]
      const before = touched.stateBefore(i)
      if (state !== undefined && (state !== before || live.times[slot] !== touched.timeBefore(i))) rows.push(slot)
      else if (state === undefined && before !== undefined) removed.push(toJson(live.names[slot]!))
    }
    for (const slot of born) if (live.states[slot] !== undefined) rows.push(slot)
    const written = writeRows(live, rows, rows.length, this.options.codec)
    return keyedDelta(removed, written, this.now, this.seeded && !this.before.seeded)
  }

  commit(): void {
    const { born, live, touched } = this
    // As the store will number them, which sees only those that are left.
    let next = this.before.next
    for (const slot of born) if (live.states[slot] !== undefined) live.serials[slot] = next++
    this.next = next
    for (let i = 0; i < touched.count; i++) live.dropIfReplaced(touched.slot(i))
    for (const slot of born) live.dropIfReplaced(slot)
    this.close()
  }

  rollback(): void {
    if (!this.isOpen) return
    const { before, born, live, touched } = this
    for (const slot of born) live.drop(slot)
    for (let i = 0; i < touched.count; i++) {
      const slot = touched.slot(i)
      live.bringBack(slot)
      live.states[slot] = touched.stateBefore(i)
      live.times[slot] = touched.timeBefore(i)
      live.marks[slot] = this.marks[i]!
      live.turns[slot] = 0
    }
    this.size = before.size
    this.next = before.next
    this.seeded = before.seeded
    this.close()
  }

  snapshot(): Delta {
    this.wake()
    return storedSnapshot(this.live, this.stored, this.options.codec, this.options.initial !== undefined && this.seeded)
  }

  restore(delta: Delta, batch: number): void {
    this.wake()
    const { live } = this
    this.batch = batch
    if (isSeeded(delta)) this.seeded = true
    for (const json of delta.removed) {
      const slot = this.find(fromJson(json))
      if (slot === 0 || live.states[slot] === undefined) continue
      live.states[slot] = undefined
      live.marks[slot] = batch
      this.size--
    }
    readRows(delta, this.options.codec, ({ at, key, name, state }) => {
      const known = this.find(name)
      if (known === 0 || live.states[known] === undefined) {
        live.add({ name, key, state, time: at, serial: this.next++, mark: batch })
        this.size++
      } else {
        live.states[known] = state
        live.times[known] = at
        live.marks[known] = batch
      }
    })
    this.mark()
  }

  applied(batch: number): void {
    if (batch > this.latest) this.latest = batch
    if (!this.isOpen) this.settle()
  }

  /** What the store has is known when the first batch comes: recovery may have given it more. */
  private wake(): void {
    if (this.isAwake) return
    this.isAwake = true
    const { next, seeded, size } = this.stored.status()
    this.size = size
    this.next = next
    this.seeded = seeded || this.options.initial === undefined
    this.mark()
  }

  private mark(): void {
    this.touched.clear()
    this.marks = []
    this.born = []
    this.oldest = undefined
    this.before = { size: this.size, next: this.next, seeded: this.seeded }
  }

  private close(): void {
    this.isOpen = false
    this.mark()
    this.settle()
  }

  /** Not while a batch is open: what it has met stays where it is. */
  private settle(): void {
    this.live.applied = this.latest
    this.live.trim()
  }

  private bring(row: StoredKey): number {
    const { live, options } = this
    const { at: time, serial } = row
    return live.add({ name: nameIn(row), key: keyIn(options, row), state: stateIn(options, row), time, serial, mark: 0 })
  }

  private touch(slot: number): number {
    const { live, touched } = this
    if (live.turns[slot] === this.turn) return slot
    touched.add(slot, live.states[slot], live.times[slot]!)
    this.marks.push(live.marks[slot]!)
    live.turns[slot] = this.turn
    live.times[slot] = this.now
    live.marks[slot] = this.batch
    return slot
  }

  private makeRoom(): void {
    const { live, stored, turn } = this
    const { maxKeys, onMaxKeys, operator } = this.options
    while (this.size >= maxKeys) {
      if (onMaxKeys !== "expireOldest") throw new TooManyKeys(operator, maxKeys)
      this.oldest ??= new OldestKeys(live, stored, turn, (row) => this.bring(row))
      const oldest = this.oldest.take()
      if (oldest === undefined) throw new TooManyKeys(operator, maxKeys)
      this.touch(oldest)
      this.onExpire(oldest)
      this.update(oldest, undefined)
    }
  }
}
