/** State per key, changed once per batch for every key that has state or new values. */
import type { Primitive } from "../batch/Key.ts"
import { KeyedMemory } from "./KeyedMemory.ts"
import type { KeyedState } from "./KeyedState.ts"
import type { MemoryBatch } from "./Memory.ts"
import { SlotList } from "./SlotList.ts"
import type { AnyFunction } from "./Step.ts"

/** A key of this batch and what came for it. */
interface Arrival {
  readonly key: unknown
  readonly name: Primitive
  /** 0 where the key had no state before the batch. */
  readonly slot: number
  readonly values: Array<unknown>
}

const none: ReadonlyArray<unknown> = Object.freeze([])

abstract class ArrivingMemory extends KeyedMemory<KeyedState> {
  protected time = 0
  /** In the order in which the keys first came. */
  protected arrivals: Array<Arrival> = []
  /** The slots of those whose keys have state, and where their arrivals are. */
  protected readonly met = new SlotList()
  private known: Array<Arrival> = []
  /** Those whose keys have no state. */
  private fresh = new Map<Primitive, Arrival>()
  private unseeded = true

  override begin(batch: MemoryBatch): void {
    super.begin(batch)
    this.time = batch.time
    this.unseeded = true
  }

  add(key: unknown, value: unknown, name: Primitive): void {
    if (this.unseeded) this.seed()
    const slot = this.states.findNext(name)
    const known = slot === 0 ? this.fresh.get(name) : this.knownAt(this.met.placeOf(slot))
    if (known !== undefined) known.values.push(value)
    else this.arrive(slot, key, name, value)
  }

  override commit(): void {
    this.leave()
    super.commit()
  }

  override rollback(): void {
    this.leave()
    super.rollback()
  }

  protected seed(): void {
    this.unseeded = false
    this.states.seed()
  }

  private knownAt(place: number): Arrival | undefined {
    return place < 0 ? undefined : this.known[place]
  }

  private arrive(slot: number, key: unknown, name: Primitive, value: unknown): void {
    const known = slot === 0 ? this.states.newKey(key, name) : this.states.keyOf(slot)
    const arrival: Arrival = { key: known, name, slot, values: [value] }
    this.arrivals.push(arrival)
    if (slot === 0) this.fresh.set(name, arrival)
    else {
      this.met.add(slot)
      this.known.push(arrival)
    }
  }

  private leave(): void {
    this.met.clear()
    this.known = []
    this.arrivals = []
    this.fresh = new Map()
  }
}

export class UpdateMemory extends ArrivingMemory {
  private readonly update: AnyFunction

  constructor(states: KeyedState, update: AnyFunction) {
    super(states)
    this.update = update
  }

  finish(): ReadonlyArray<unknown> {
    this.seed()
    const { arrivals, met, out, states, time, update } = this
    // Born after the walk over what is there, but emitted before it: their keys came in this batch.
    const idle: Array<unknown> = []
    const { last } = states
    for (let slot = 1; slot <= last; slot++) {
      const state = states.stateOf(slot)
      if (state === undefined || met.has(slot)) continue
      const key = states.keyOf(slot)
      const next: unknown = update(none, state, key, time)
      if (!Object.is(next, state)) states.update(slot, next)
      if (next !== undefined) idle.push([key, next])
    }
    for (const { key, name, slot, values } of arrivals) {
      const state = states.stateOf(slot)
      const next: unknown = update(values, state, key, time)
      if (slot === 0) states.put(key, name, next)
      else if (!Object.is(next, state)) states.update(slot, next)
      if (next !== undefined) out.add([key, next])
    }
    for (let i = 0; i < idle.length; i++) out.add(idle[i])
    return out.take()
  }
}

/** As `UpdateMemory`, with one call per batch that is given all keys and says which keys there are from now on. */
export class PartitionMemory extends ArrivingMemory {
  private readonly update: AnyFunction

  constructor(states: KeyedState, update: AnyFunction) {
    super(states)
    this.update = update
  }

  finish(): ReadonlyArray<unknown> {
    this.seed()
    const { out, states, time } = this
    const pairs: ReadonlyArray<readonly [key: unknown, state: unknown]> = Array.from(this.update(this.entries(), time))
    const kept = new Map<Primitive, readonly [key: unknown, state: unknown]>()
    for (const pair of pairs) {
      if (pair[1] === undefined) continue
      const name = states.nameOf(pair[0])
      if (!kept.has(name)) kept.set(name, pair)
      out.add([pair[0], pair[1]])
    }
    for (let slot = 1; slot <= states.last; slot++) {
      const name = states.nameAt(slot)
      if (name !== undefined && !kept.has(name)) states.update(slot, undefined)
    }
    for (const [name, [key, state]] of kept) {
      if (!Object.is(states.stateOf(states.find(name)), state)) states.put(key, name, state)
    }
    return out.take()
  }

  /** Those that came in this batch, then the others by age. */
  private *entries(): Generator<readonly [key: unknown, values: ReadonlyArray<unknown>, state: unknown]> {
    const { arrivals, met, states } = this
    for (const { key, slot, values } of arrivals) yield [key, values, states.stateOf(slot)]
    for (let slot = 1; slot <= states.last; slot++) {
      const state = states.stateOf(slot)
      if (state !== undefined && !met.has(slot)) yield [states.keyOf(slot), none, state]
    }
  }
}
