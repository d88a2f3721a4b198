/** State per key, changed by one record after another. */
import type { Primitive } from "../batch/Key.ts"
import { KeyedMemory } from "./KeyedMemory.ts"
import type { KeyStates } from "./KeyStates.ts"
import type { MemoryBatch } from "./Memory.ts"
import type { AnyFunction } from "./Step.ts"

export interface MapRules {
  /** `(value, state, key, time)` to `[state, emit?]`. */
  readonly step: AnyFunction
  readonly onTimeout: AnyFunction | undefined
  /** Whether a record that leaves the state as it is counts as an update. */
  readonly refreshOnRead: boolean
  /** Timeouts are looked for at multiples of this. */
  readonly timeoutEveryMillis: number
}

export class MapMemory extends KeyedMemory {
  private readonly rules: MapRules
  private readonly step: AnyFunction
  private time = 0
  private unseeded = true

  constructor(states: KeyStates, rules: MapRules) {
    super(states)
    this.rules = rules
    this.step = rules.step
    states.onExpire = (slot) => this.expire(slot)
  }

  override begin(batch: MemoryBatch): void {
    super.begin(batch)
    this.time = batch.time
    this.unseeded = true
  }

  add(key: unknown, value: unknown, name: Primitive): void {
    const { states } = this
    if (this.unseeded) this.seed()
    const slot = states.findNext(name)
    if (slot === 0) {
      const known = states.newKey(key, name)
      const result = this.step(value, undefined, known, this.time)
      if (result[0] !== undefined) states.insert(known, name, result[0])
      if (result.length > 1) this.out.add(result[1])
      return
    }
    const state = states.stateOf(slot)
    const result = this.step(value, state, states.keyUnder(name, slot), this.time)
    const next: unknown = result[0]
    if (!isSame(next, state)) states.update(slot, next)
    else if (this.rules.refreshOnRead && next !== undefined) states.refresh(slot)
    if (result.length > 1) this.out.add(result[1])
  }

  finish(): ReadonlyArray<unknown> {
    if (this.unseeded) this.seed()
    if (this.time % this.rules.timeoutEveryMillis !== 0) return this.out.take()
    for (const slot of this.states.takeDue()) {
      this.expire(slot)
      this.states.update(slot, undefined)
    }
    return this.out.take()
  }

  private seed(): void {
    this.unseeded = false
    this.states.seed()
  }

  private expire(slot: number): void {
    const { rules, states } = this
    const { onTimeout } = rules
    if (onTimeout !== undefined) this.out.add(onTimeout(states.stateOf(slot), states.keyOf(slot), this.time))
  }
}

/** As `Object.is`, which is slower where the two differ, as they mostly do. */
const isSame = (left: unknown, right: unknown): boolean =>
  left === right ? left !== 0 || Object.is(left, right) : left !== left && right !== right
