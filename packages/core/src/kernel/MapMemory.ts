/** State per key, changed by one record after another. */
import type { Primitive } from "../batch/Key.ts"
import { KeyedMemory } from "./KeyedMemory.ts"
import type { Held, KeyedState } from "./KeyedState.ts"
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

  constructor(states: KeyedState, rules: MapRules) {
    super(states)
    this.rules = rules
    this.step = rules.step
    states.onExpire = (held) => this.expire(held)
  }

  override begin(batch: MemoryBatch): void {
    super.begin(batch)
    this.time = batch.time
    this.unseeded = true
  }

  add(key: unknown, value: unknown, name: Primitive): void {
    const { states } = this
    if (this.unseeded) this.seed()
    const held = states.find(name)
    if (held === undefined) {
      const known = states.newKey(key, name)
      const result = this.step(value, undefined, known, this.time)
      if (result[0] !== undefined) states.insert(known, name, result[0])
      if (result.length > 1) this.out.push(result[1])
      return
    }
    const { state } = held
    const result = this.step(value, state, held.key, this.time)
    const next: unknown = result[0]
    if (!Object.is(next, state)) states.update(held, next)
    else if (this.rules.refreshOnRead && next !== undefined) states.refresh(held)
    if (result.length > 1) this.out.push(result[1])
  }

  finish(): ReadonlyArray<unknown> {
    if (this.unseeded) this.seed()
    if (this.time % this.rules.timeoutEveryMillis !== 0) return this.out
    for (const held of this.states.takeDue()) {
      this.expire(held)
      this.states.update(held, undefined)
    }
    return this.out
  }

  private seed(): void {
    this.unseeded = false
    this.states.seed()
  }

  private expire({ key, state }: Held): void {
    const { onTimeout } = this.rules
    if (onTimeout !== undefined) this.out.push(onTimeout(state, key, this.time))
  }
}
