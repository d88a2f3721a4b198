/** State per key, owned by the engine: live values, updated in place. A batch costs what it touches. */
import type { Primitive } from "../batch/Key.ts"
import { Ages } from "./Ages.ts"
import { isSeeded, keyedDelta, keyedSnapshot, readRows, writeRows } from "./keyedCodec.ts"
import type { KeyedRules } from "./KeyedRules.ts"
import { heldKey, nameOf, withoutSign } from "./keyNames.ts"
import type { KeyStates } from "./KeyStates.ts"
import type { Delta } from "./Memory.ts"
import { ownText } from "./ownText.ts"
import { fromJson } from "./primitiveJson.ts"
import { SlotIndex } from "./SlotIndex.ts"
import { Slots } from "./Slots.ts"
import { TooManyKeys } from "./TooManyKeys.ts"
import { Touched } from "./Touched.ts"

/** Gaps are closed when they outnumber the living, and a few. */
const fewGone = 1024

/**
 * A key that is held has a slot. It keeps it until it is removed: one that is given a state again in the same batch gets
 * another, for it is born anew.
 */
export class KeyedState implements KeyStates {
  /** How many keys have state. */
  size = 0
  /** Called for a key that must make room for another, just before it is forgotten. */
  onExpire: (slot: number) => void = () => {}
  private readonly options: KeyedRules
  private readonly slots: Slots
  /** Holds what the batch removed until the commit. */
  private readonly index = new SlotIndex()
  private readonly ages: Ages | undefined
  private readonly touched = new Touched()
  /** The time of the batch. What was touched in this batch has it: so a key says itself whether it is in `touched`. */
  private now = 0
  /** Whether some of what is in `touched` may not have been touched. */
  private isWoundBack = false
  /** No key has a later time. */
  private newest = -Infinity
  /** What was updated before this is due. */
  private limit = -Infinity
  /** How many keys the batch has removed. */
  private gone = 0
  private seeded: boolean
  private before = { size: 0, next: 1, newest: -Infinity, seeded: false }

  constructor(options: KeyedRules) {
    this.options = options
    this.seeded = options.initial === undefined
    this.slots = new Slots(options.encode !== undefined)
    const isAged = options.timeoutMillis !== undefined || options.onMaxKeys === "expireOldest"
    this.ages = isAged ? new Ages(this.slots) : undefined
  }

  begin(time: number): void {
    this.limit = time - (this.options.timeoutMillis ?? Infinity)
    this.mark()
    this.index.forget()
    this.now = time
    // The clock was set back, between two runs.
    this.isWoundBack = time <= this.newest
    if (this.isWoundBack) this.touched.addAllOf(this.slots, time)
    else this.newest = time
  }

  /** Puts the initial state in, once. Called where a failure is the batch's. */
  seed(): void {
    if (this.seeded) return
    this.seeded = true
    const { initial = [], maxKeys, onMaxKeys } = this.options
    // No record is to blame where there is no room for these.
    if (initial.length > maxKeys && onMaxKeys === "dead-letter") throw new RangeError("initialState has more than maxKeys keys")
    for (const [key, state] of initial) this.put(key, this.nameOf(key), state)
  }

  nameOf(key: unknown): Primitive {
    return nameOf(this.options, key)
  }

  /** The slot of a key, or 0. The key has no state where this batch has removed it. */
  find(name: Primitive): number {
    return this.index.get(name)
  }

  /** Finds the keys of the records to come. */
  lookAhead(names: ReadonlyArray<Primitive>, count: number): void {
    this.index.lookAhead(names, count)
  }

  /** As `find`, for the next record. What was found ahead still holds where the key has a state. */
  findNext(name: Primitive): number {
    const slot = this.index.next()
    return this.slots.states[slot] === undefined ? this.index.get(name) : slot
  }

  stateOf(slot: number): unknown {
    return this.slots.states[slot]
  }

  keyOf(slot: number): unknown {
    return this.slots.keyOf(slot)
  }

  /** `undefined`: the key is gone. */
  nameAt(slot: number): Primitive | undefined {
    return this.slots.names[slot]
  }

  /** The key of a slot that was found under this name: known without a look where keys are their own names. */
  keyUnder(name: Primitive, slot: number): unknown {
    return this.slots.keys === undefined ? withoutSign(name) : this.slots.keys[slot]
  }

  newKey(key: unknown, name: Primitive): unknown {
    return heldKey(this.options, key, name)
  }

  /** Gives a state to a key that may be held or not. */
  put(key: unknown, name: Primitive, state: unknown): void {
    const slot = this.find(name)
    if (slot !== 0) this.update(slot, state)
    else if (state !== undefined) this.insert(this.newKey(key, name), name, state)
  }

  /** Gives a state to a key that is not held. */
  insert(key: unknown, name: Primitive, state: unknown): number {
    this.makeRoom()
    return this.bear(key, ownText(withoutSign(name)), state, this.now)
  }

  /** Changes a state, as of this batch; `undefined` removes the key. Gives the slot, which is another after a removal. */
  update(slot: number, state: unknown): number {
    const { slots } = this
    const old = slots.states[slot]
    if (state !== undefined && old !== undefined) {
      this.touch(slot, old)
      slots.states[slot] = state
      return slot
    }
    if (state !== undefined) return this.insert(slots.keyOf(slot), slots.names[slot]!, state)
    if (old !== undefined) {
      this.touch(slot, old)
      slots.states[slot] = undefined
      this.size--
      this.gone++
    }
    return slot
  }

  /** Counts as an update that changed nothing. */
  refresh(slot: number): void {
    this.touch(slot, this.slots.states[slot])
  }

  isDue(slot: number): boolean {
    return this.slots.timeOf(slot) < this.limit
  }

  /** Takes the keys whose timeout is over, by age. They are held until they are updated to `undefined`. */
  takeDue(): ReadonlyArray<number> {
    if (this.ages === undefined || this.options.timeoutMillis === undefined) return []
    const due = this.ages.takeBefore(this.limit)
    for (const slot of due) this.touch(slot, this.slots.states[slot])
    return due
  }

  /** No key that is held now has a higher slot. Slots from 1 to it are keys by age, some of them without state. */
  get last(): number {
    return this.slots.next - 1
  }

  each(visit: (key: unknown, state: unknown, slot: number) => void): void {
    const { next, states } = this.slots
    for (let slot = 1; slot < next; slot++) if (states[slot] !== undefined) visit(this.keyOf(slot), states[slot], slot)
  }

  /** All is held, whatever a store has. */
  applied(): void {}

  delta(): Delta {
    const { before, now, slots, touched } = this
    const removed: Array<unknown> = []
    const isAsMet = this.gone === 0 && !this.isWoundBack
    const rows = isAsMet ? touched.slotsAnd(before.next, slots.next) : touched.changed(slots, before.next, removed)
    const count = isAsMet ? touched.count + slots.next - before.next : rows.length
    const written = writeRows(slots, rows, count, this.options.codec)
    return keyedDelta(removed, written, now, this.seeded && !before.seeded)
  }

  commit(): void {
    if (this.gone > 0) this.dropGone()
    this.closeGaps()
    this.mark()
  }

  rollback(): void {
    const { ages, before, index, slots, touched } = this
    for (let slot = before.next; slot < slots.next; slot++) {
      index.delete(slots.names[slot]!, slot)
      ages?.unfile(slot)
    }
    slots.truncate(before.next)
    for (let i = 0; i < touched.count; i++) {
      const slot = touched.slot(i)
      if (slots.states[slot] === undefined) index.set(slots.names[slot]!, slot)
      slots.states[slot] = touched.stateBefore(i)
      slots.setTime(slot, touched.timeBefore(i))
      ages?.refile(slot)
    }
    this.size = before.size
    this.newest = before.newest
    this.seeded = before.seeded
    this.mark()
  }

  snapshot(): Delta {
    return keyedSnapshot(this.slots, this.options.codec, this.options.initial !== undefined && this.seeded)
  }

  restore(delta: Delta): void {
    const { index, slots } = this
    if (isSeeded(delta)) this.seeded = true
    for (const json of delta.removed) {
      const slot = this.find(fromJson(json))
      if (slot === 0) continue
      slots.states[slot] = undefined
      this.dropIfGone(slot)
      this.size--
    }
    readRows(delta, this.options.codec, ({ at, key, name, state }) => {
      const slot = index.get(name) || this.bear(key, name, state, at)
      slots.states[slot] = state
      slots.setTime(slot, at)
      if (at > this.newest) this.newest = at
    })
    this.closeGaps()
    this.mark()
  }

  /** What a rollback goes back to. */
  private mark(): void {
    this.touched.clear()
    this.gone = 0
    this.before = { size: this.size, next: this.slots.next, newest: this.newest, seeded: this.seeded }
  }

  private bear(key: unknown, name: Primitive, state: unknown, time: number): number {
    const { slots } = this
    const slot = slots.add(name, key, state, time)
    if (time > this.newest) this.newest = time
    this.index.set(name, slot)
    this.size++
    this.ages?.file(slot, time)
    return slot
  }

  private closeGaps(): void {
    if (this.slots.next <= this.size * 2 + fewGone) return
    this.slots.compact(this.index)
    this.ages?.reset()
  }

  private touch(slot: number, state: unknown): void {
    const { now, slots } = this
    const time = slots.timeOf(slot)
    if (time === now) return
    this.touched.add(slot, state, time)
    slots.setTime(slot, now)
  }

  private dropGone(): void {
    const { before, slots, touched } = this
    for (let i = 0; i < touched.count; i++) this.dropIfGone(touched.slot(i))
    for (let slot = before.next; slot < slots.next; slot++) this.dropIfGone(slot)
  }

  private dropIfGone(slot: number): void {
    const { index, slots } = this
    if (slots.states[slot] !== undefined) return
    index.delete(slots.names[slot]!, slot)
    slots.drop(slot)
  }

  private makeRoom(): void {
    const { maxKeys, onMaxKeys, operator } = this.options
    while (this.size >= maxKeys) {
      const oldest = onMaxKeys === "expireOldest" ? this.ages?.takeOldest() : undefined
      if (oldest === undefined) throw new TooManyKeys(operator, maxKeys)
      this.touch(oldest, this.slots.states[oldest])
      this.onExpire(oldest)
      this.update(oldest, undefined)
    }
  }
}
