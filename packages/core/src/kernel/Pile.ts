/** What one key has in a window: its panes, oldest first, and how they become one value. */
import type { Primitive } from "../batch/Key.ts"
import type { AnyFunction } from "./Step.ts"

const none: Array<unknown> = []

/** One per key that has something in the window. */
export class Held {
  readonly key: unknown
  readonly name: Primitive
  /** Grows with every key that comes: the younger of two has the greater. */
  readonly serial: number
  /** Place in the list of all keys by age. */
  at = -1
  /** The batch that touched it last, and the pane that `open` belongs to: numbers of the stage's own. */
  batch = -1
  pane = Number.NaN
  /** What the open pane has so far. */
  open: unknown = undefined
  /** Values of closed panes, from `head` on. */
  values: Array<unknown> = []
  head = 0
  /**
   * Two stacks: aggregates of the first `top` panes, each with all after it up to the last flip; the oldest pane last.
   */
  front: Array<unknown> = none
  top = 0
  /** Two stacks: how many panes came after the flip, and the pane number at which the next is due. */
  back = 0
  flipAt = 0
  /** Two stacks: the aggregate of the panes after the flip. Running total: of all panes. */
  total: unknown = undefined
  /** The batch that changed `total` last. */
  changed = -1

  constructor(key: unknown, name: Primitive, serial: number) {
    this.key = key
    this.name = name
    this.serial = serial
  }

  /** Forgets everything but the key. */
  reset(): void {
    this.batch = this.changed = -1
    this.pane = Number.NaN
    this.open = this.total = undefined
    this.values = []
    this.front = none
    this.head = this.top = this.back = this.flipAt = 0
  }

  get count(): number {
    return this.values.length - this.head
  }

  /** Adds the newest pane, and lets go of those that left in earlier batches: until a batch is safe, none is lost. */
  push(value: unknown): void {
    if (this.head > 16 && this.head * 2 > this.values.length) {
      this.values = this.values.slice(this.head)
      this.head = 0
    }
    this.values.push(value)
  }
}

/**
 * How the panes of one key become its value. `pane` is the number of the newest pane. Whatever the calls were, the same
 * panes give the same value to the last bit, or a restart could be seen: so the order in which `f` is applied may only
 * depend on pane numbers, on `serial` and on what is written down.
 */
export interface Pile {
  readonly push: (held: Held, value: unknown, pane: number) => void
  /** Takes the oldest pane away. Not the last one: a key without panes leaves. */
  readonly pop: (held: Held) => void
  readonly value: (held: Held, pane: number) => unknown
  /** Called before `total` changes; set where `total` is written down, because panes alone do not give it back. */
  onChange: ((held: Held) => void) | undefined
}

/**
 * Two stacks per key (the queue of two stacks, as Tangwongsan, Hirzel and Schneider describe it for sliding windows):
 * the front holds suffix aggregates and loses one per pane that leaves; the back only has its running aggregate. When
 * the front would be empty the back is flipped into it. Three calls of `f` per pane and key, however long the window
 * is.
 *
 * A key flips when the pane number passes its phase, once per window length. Phases are dealt out in turn, so keys that
 * were born together do not flip together.
 */
export class TwoStacks implements Pile {
  onChange = undefined
  private readonly f: AnyFunction
  private readonly panes: number

  constructor(f: AnyFunction, panes: number) {
    this.f = f
    this.panes = panes
  }

  push(held: Held, value: unknown, pane: number): void {
    if (pane >= held.flipAt) this.settle(held, pane)
    const total = held.back === 0 ? value : this.f(held.total, value)
    held.push(value)
    held.total = total
    held.back++
  }

  /** Where a flip is due it takes what is left from `head` on; where none is, the oldest pane is in the front. */
  pop(held: Held): void {
    held.top--
    held.head++
  }

  value(held: Held, pane: number): unknown {
    if (pane >= held.flipAt) this.settle(held, pane)
    const { top } = held
    if (top === 0) return held.total
    const oldest = held.front[top - 1]
    return held.back === 0 ? oldest : this.f(oldest, held.total)
  }

  /**
   * Flips what came up to the last boundary of the key, which is the newest of the panes before this one that have the
   * key's phase. Every pane that may leave is at or before it.
   */
  private settle(held: Held, pane: number): void {
    const { panes } = this
    const since = (pane - 1 - held.serial % panes) % panes
    if (held.back > 0) this.flip(held)
    held.flipAt = pane - (since < 0 ? since + panes : since) + panes
  }

  private flip(held: Held): void {
    const { f } = this
    const { head, values } = held
    const count = values.length - head
    const front = new Array<unknown>(count)
    let total = values[values.length - 1]
    front[0] = total
    for (let i = 1; i < count; i++) front[i] = total = f(values[values.length - 1 - i], total)
    held.front = front
    held.top = count
    held.back = 0
    held.total = undefined
  }
}

/**
 * One running total per key: what comes is added, what leaves is taken off. Two calls per pane and key. Where a key is
 * left with one pane the total is that pane's value, so what rounding did is forgotten.
 */
export class RunningTotal implements Pile {
  onChange: (held: Held) => void = () => {}
  private readonly f: AnyFunction
  private readonly inverse: AnyFunction

  constructor(f: AnyFunction, inverse: AnyFunction) {
    this.f = f
    this.inverse = inverse
  }

  push(held: Held, value: unknown): void {
    this.onChange(held)
    const total = held.count === 0 ? value : this.f(held.total, value)
    held.push(value)
    held.total = total
  }

  pop(held: Held): void {
    this.onChange(held)
    const { head, values } = held
    held.total = held.count === 2 ? values[head + 1] : this.inverse(held.total, values[head])
    held.head++
  }

  value(held: Held): unknown {
    return held.total
  }
}

/** All values of all panes: each pane has an array. Nothing is cheaper than to copy them when they are asked for. */
export class Concatenation implements Pile {
  onChange = undefined

  push(held: Held, value: unknown): void {
    held.push(value)
  }

  pop(held: Held): void {
    held.head++
  }

  value({ head, values }: Held): unknown {
    const all: Array<unknown> = []
    for (let i = head; i < values.length; i++) {
      const pane = values[i]
      if (Array.isArray(pane)) for (let j = 0; j < pane.length; j++) all.push(pane[j])
    }
    return all
  }
}
