/** State per key, changed once per batch for every key that has state or new values. */
import type { Primitive } from "../batch/Key.ts"
import { KeyedMemory } from "./KeyedMemory.ts"
import type { Held, KeyedState } from "./KeyedState.ts"
import type { MemoryBatch } from "./Memory.ts"
import type { AnyFunction } from "./Step.ts"

/** A key of this batch and what came for it. */
interface Arrival {
  readonly key: unknown
  readonly name: Primitive
  /** Where the key had state before the batch. */
  readonly held: Held | undefined
  readonly values: Array<unknown>
}

const none: ReadonlyArray<unknown> = Object.freeze([])

abstract class ArrivingMemory extends KeyedMemory {
  protected time = 0
  /** In the order in which the keys first came. */
  protected arrivals: Array<Arrival> = []
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
    const held = this.states.find(name)
    const known = held === undefined ? this.fresh.get(name) : held.scratch
    if (isArrival(known)) known.values.push(value)
    else this.arrive(held, key, name, value)
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

  private arrive(held: Held | undefined, key: unknown, name: Primitive, value: unknown): void {
    const known = held === undefined ? this.states.newKey(key, name) : held.key
    const arrival: Arrival = { key: known, name, held, values: [value] }
    this.arrivals.push(arrival)
    if (held === undefined) this.fresh.set(name, arrival)
    else held.scratch = arrival
  }

  private leave(): void {
    for (const { held } of this.arrivals) if (held !== undefined) held.scratch = undefined
    this.arrivals = []
    this.fresh = new Map()
  }
}

const isArrival = (known: unknown): known is Arrival => known !== undefined

export class UpdateMemory extends ArrivingMemory {
  private readonly update: AnyFunction

  constructor(states: KeyedState, update: AnyFunction) {
    super(states)
    this.update = update
  }

  finish(): ReadonlyArray<unknown> {
    this.seed()
    const { arrivals, out, states, time, update } = this
    // Born after the walk over what is there, but emitted before it: their keys came in this batch.
    const idle: Array<unknown> = []
    for (const held of states.byAge()) {
      if (held.scratch !== undefined || held.state === undefined) continue
      const { key, state } = held
      const next: unknown = update(none, state, key, time)
      if (!Object.is(next, state)) states.update(held, next)
      if (next !== undefined) idle.push([key, next])
    }
    for (const { held, key, name, values } of arrivals) {
      const state = held?.state
      const next: unknown = update(values, state, key, time)
      if (held === undefined) states.put(key, name, next)
      else if (!Object.is(next, state)) states.update(held, next)
      if (next !== undefined) out.push([key, next])
    }
    for (let i = 0; i < idle.length; i++) out.push(idle[i])
    return out
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
      out.push([pair[0], pair[1]])
    }
    for (const held of states.byAge()) if (!kept.has(held.name)) states.update(held, undefined)
    for (const [name, [key, state]] of kept) {
      if (!Object.is(states.find(name)?.state, state)) states.put(key, name, state)
    }
    return out
  }

  /** Those that came in this batch, then the others by age. */
  private *entries(): Generator<readonly [key: unknown, values: ReadonlyArray<unknown>, state: unknown]> {
    for (const { held, key, values } of this.arrivals) yield [key, values, held?.state]
    for (const { key, scratch, state } of this.states.byAge()) {
      if (scratch === undefined && state !== undefined) yield [key, none, state]
    }
  }
}
