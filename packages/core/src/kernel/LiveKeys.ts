/** The keys of a store that are live objects: those that the store has not got as they are, and a bounded rest. */
import type { Primitive } from "../batch/Key.ts"
import { toJson } from "./primitiveJson.ts"

/** What a key comes with. */
export interface Life {
  readonly name: Primitive
  readonly key: unknown
  readonly state: unknown
  readonly time: number
  readonly serial: number
  /** The last batch that touched it; 0: none that the store might not have. */
  readonly mark: number
}

/** So many slots are looked at for one that may leave before a key gets room beyond the bound. */
const tries = 8

/**
 * In columns by slot; slots are used again. Keys leave as a clock has it: the hand goes round and takes the first that
 * was not used since it came by and that the store knows as well.
 */
export class LiveKeys {
  readonly states: Array<unknown> = [undefined]
  /** `undefined`: the slot is free. */
  readonly names: Array<Primitive | undefined> = [undefined]
  readonly keys: Array<unknown> | undefined
  readonly times: Array<number> = [0]
  readonly serials: Array<number> = [0]
  readonly marks: Array<number> = [0]
  /** The turn that a slot was touched in. */
  readonly turns: Array<number> = [0]
  /** Whether all names that there ever were are JSON as they are. */
  areNamesJson = true
  /** The store has the batches up to here. What a later one touched stays. */
  applied = 0
  private readonly used: Array<boolean> = [false]
  private readonly index = new Map<Primitive, number>()
  private readonly free: Array<number> = []
  private readonly most: number
  private hand = 0

  constructor(structural: boolean, most: number) {
    this.keys = structural ? [undefined] : undefined
    this.most = most
  }

  /** No slot is higher. */
  get last(): number {
    return this.names.length - 1
  }

  get count(): number {
    return this.last - this.free.length
  }

  find(name: Primitive): number {
    const slot = this.index.get(name) ?? 0
    if (slot !== 0) this.used[slot] = true
    return slot
  }

  /** Whether the store may not have it as it is. */
  isPinned(slot: number): boolean {
    return this.marks[slot]! > this.applied
  }

  keyOf(slot: number): unknown {
    return this.keys === undefined ? this.names[slot] : this.keys[slot]
  }

  /** Adds a key, in place of what is under its name; that keeps its slot. */
  add({ key, mark, name, serial, state, time }: Life): number {
    for (let i = 0; i < tries && this.count >= this.most; i++) this.tick()
    const slot = this.free.pop() ?? this.names.length
    this.states[slot] = state
    this.names[slot] = name
    this.times[slot] = time
    this.serials[slot] = serial
    this.marks[slot] = mark
    this.turns[slot] = 0
    this.used[slot] = true
    if (this.keys !== undefined) this.keys[slot] = key
    if (this.areNamesJson && typeof name !== "string") this.areNamesJson = toJson(name) === name
    this.index.set(name, slot)
    return slot
  }

  /** Puts a slot under its name again. */
  bringBack(slot: number): void {
    this.index.set(this.names[slot]!, slot)
  }

  drop(slot: number): void {
    const name = this.names[slot]!
    if (this.index.get(name) === slot) this.index.delete(name)
    this.states[slot] = this.names[slot] = undefined
    if (this.keys !== undefined) this.keys[slot] = undefined
    this.free.push(slot)
  }

  /** Where another slot has its name. */
  dropIfReplaced(slot: number): void {
    const name = this.names[slot]
    if (name !== undefined && this.index.get(name) !== slot) this.drop(slot)
  }

  /** Back within the bound, as far as the store has what there is. */
  trim(): void {
    for (let left = 2 * this.last; left > 0 && this.count > this.most; left--) this.tick()
  }

  private tick(): void {
    if (++this.hand > this.last) this.hand = 1
    const slot = this.hand
    if (this.names[slot] === undefined || this.isPinned(slot)) return
    if (this.used[slot] === true) this.used[slot] = false
    else this.drop(slot)
  }
}
