/** State per key, owned by the engine: live objects, updated in place. A batch costs what it touches. */
import type { Primitive } from "../batch/Key.ts"
import { Ages } from "./Ages.ts"
import { newEncodedKey, newKey } from "./guard.ts"
import { Held } from "./Held.ts"
import { type KeyedCodec, readName, seededName, writeName } from "./keyedCodec.ts"
import type { Delta, Entry } from "./Memory.ts"
import { Ticks } from "./Ticks.ts"
import { TooManyKeys } from "./TooManyKeys.ts"
import { Touched } from "./Touched.ts"

/** What keyed state is made with. */
export interface KeyedOptions {
  /** The user's name for the operator. */
  readonly operator: string
  readonly codec: KeyedCodec
  /** Gives the primitive that stands for a structural key; `undefined`: keys are primitives. */
  readonly encode: ((key: unknown) => unknown) | undefined
  readonly initial: ReadonlyArray<readonly [key: unknown, state: unknown]> | undefined
  readonly maxKeys: number
  readonly onMaxKeys: "fail" | "expireOldest"
  /** Milliseconds after its last update that a key is due. */
  readonly timeoutMillis: number | undefined
  /** Milliseconds between batches. */
  readonly slideMillis: number
}

/** Filed entries that are gone are dropped when they outnumber the living, and a few. */
const fewGone = 1024

export class KeyedState {
  /** How many keys have state. */
  size = 0
  /** Called for a key that must make room for another, just before it is forgotten. */
  onExpire: (held: Held) => void = () => {}
  private readonly options: KeyedOptions
  /** By age, but for what a rollback brought back. Holds what the batch removed until the commit. */
  private held = new Map<Primitive, Held>()
  private readonly ages: Ages<Held> | undefined
  private readonly touched = new Touched()
  private batch = 0
  private readonly ticks: Ticks
  private now = 0
  /** What was updated before this tick is due. */
  private limit = -Infinity
  private serial = 0
  private disordered = false
  private seeded: boolean
  private before = { size: 0, serial: 0, seeded: false }

  constructor(options: KeyedOptions) {
    this.options = options
    this.seeded = options.initial === undefined
    this.ticks = new Ticks(options.slideMillis)
    const isAged = options.timeoutMillis !== undefined || options.onMaxKeys === "expireOldest"
    this.ages = isAged ? new Ages() : undefined
  }

  begin(time: number): void {
    this.batch++
    if (this.ticks.isFinerFor([time])) this.refine()
    this.now = this.ticks.of(time)
    this.limit = this.ticks.of(time - (this.options.timeoutMillis ?? Infinity))
    this.mark()
  }

  /** Puts the initial state in, once. Called where a failure is the batch's. */
  seed(): void {
    if (this.seeded) return
    this.seeded = true
    for (const [key, state] of this.options.initial ?? []) this.put(key, this.nameOf(key), state)
  }

  /** The primitive that stands for a key that did not come out of the stream. */
  nameOf(key: unknown): Primitive {
    const { encode } = this.options
    const name = encode === undefined ? newKey(key) : encode(key)
    newEncodedKey(name)
    return name
  }

  /** Its state is `undefined` where this batch has removed it. */
  find(name: Primitive): Held | undefined {
    return this.held.get(name)
  }

  /** The key of a record that was not found, as it will be held. */
  newKey(key: unknown, name: Primitive): unknown {
    if (this.options.encode === undefined) return newKey(key)
    if (this.options.codec.encodeKey === undefined) throw new TypeError(needsKeySchema)
    newEncodedKey(name)
    return key
  }

  /** Gives a state to a key that may be held or not. */
  put(key: unknown, name: Primitive, state: unknown): void {
    const held = this.held.get(name)
    if (held !== undefined) this.update(held, state)
    else if (state !== undefined) this.insert(this.newKey(key, name), name, state)
  }

  /** Gives a state to a key that is not held. */
  insert(key: unknown, name: Primitive, state: unknown): Held {
    this.makeRoom()
    const held = new Held(key, this.options.encode === undefined ? newKey(name) : name, this.batch)
    this.held.set(held.name, held)
    this.touched.add(held)
    this.bear(held, state)
    return held
  }

  /** Changes a state, as of this batch; `undefined` removes the key. */
  update(held: Held, state: unknown): void {
    if (state === undefined) {
      if (held.state === undefined) return
      this.touch(held)
      held.state = undefined
      this.size--
    } else if (held.state === undefined) {
      this.makeRoom()
      this.held.delete(held.name)
      this.held.set(held.name, held)
      this.bear(held, state)
    } else {
      this.touch(held)
      held.state = state
      held.at = this.now
    }
  }

  /** Counts as an update that changed nothing. */
  refresh(held: Held): void {
    if (held.at === this.now) return
    this.touch(held)
    held.at = this.now
  }

  isDue(held: Held): boolean {
    return held.at < this.limit
  }

  /** Takes the keys whose timeout is over, by age. They are held until they are updated to `undefined`. */
  takeDue(): ReadonlyArray<Held> {
    if (this.ages === undefined || this.options.timeoutMillis === undefined) return []
    const due = this.ages.takeBefore(this.limit)
    for (const held of due) this.touch(held)
    return due
  }

  /** All keys by age, among them some without state. Nothing may be inserted or born again on the way. */
  byAge(): Iterable<Held> {
    if (this.disordered) {
      this.disordered = false
      const sorted = [...this.held].sort(([, left], [, right]) => left.born - right.born)
      this.held = new Map(sorted)
    }
    return this.held.values()
  }

  delta(): Delta {
    const set: Array<Entry> = this.seeded && !this.before.seeded ? [[seededName, true]] : []
    const removed: Array<Primitive> = []
    const { touched } = this
    for (let i = 0; i < touched.count; i++) {
      const held = touched.key(i)
      if (touched.isChanged(i, held)) set.push(this.write(held))
      else if (held.state === undefined && touched.wasThere(i)) removed.push(writeName(held.name))
    }
    return { set, removed }
  }

  commit(): void {
    const { touched } = this
    for (let i = 0; i < touched.count; i++) {
      const held = touched.key(i)
      if (held.state === undefined) this.held.delete(held.name)
    }
    this.mark()
    const { ages, size } = this
    if (ages !== undefined && ages.count > size * 2 + fewGone) ages.reset(this.held.values())
  }

  rollback(): void {
    const { touched } = this
    for (let i = 0; i < touched.count; i++) {
      const held = touched.key(i)
      const wasReborn = touched.undo(i, held)
      if (held.state === undefined) {
        this.held.delete(held.name)
        continue
      }
      if (wasReborn) {
        this.disordered = true
        this.ages?.reborn(held)
      }
      if (held.filed === undefined || held.filed > held.at) this.ages?.file(held)
    }
    this.size = this.before.size
    this.serial = this.before.serial
    this.seeded = this.before.seeded
    this.touched.clear()
  }

  snapshot(): ReadonlyArray<Entry> {
    const entries: Array<Entry> = this.options.initial !== undefined && this.seeded ? [[seededName, true]] : []
    for (const held of this.byAge()) if (held.state !== undefined) entries.push(this.write(held))
    return entries
  }

  restore(entries: ReadonlyArray<Entry>): void {
    const { decodeKey, decodeState } = this.options.codec
    this.seeded = true
    const restored: Array<Held> = []
    this.ticks.isFinerFor(entries.map(([, value]) => Array.isArray(value) ? value[1] : undefined))
    for (const [written, value] of entries) {
      if (written === seededName || !Array.isArray(value)) continue
      const [born, time, state, key] = value
      const name = readName(written)
      const held = new Held(value.length > 3 && decodeKey !== undefined ? decodeKey(key) : name, name, 0)
      held.born = born
      held.at = this.ticks.of(time)
      held.state = decodeState(state)
      restored.push(held)
    }
    restored.sort((left, right) => left.born - right.born)
    this.held = new Map(restored.map((held) => [held.name, held]))
    this.size = restored.length
    this.serial = restored.at(-1)?.born ?? 0
    this.ages?.reset(restored)
    this.mark()
  }

  /** What a rollback goes back to. */
  private mark(): void {
    this.touched.clear()
    this.before = { size: this.size, serial: this.serial, seeded: this.seeded }
  }

  private write({ at, born, key, name, state }: Held): Entry {
    const time = this.ticks.timeOf(at)
    const { encodeKey, encodeState } = this.options.codec
    const written = writeName(name)
    return this.options.encode === undefined || encodeKey === undefined
      ? [written, [born, time, encodeState(state)]]
      : [written, [born, time, encodeState(state), encodeKey(key)]]
  }

  /** Counts in milliseconds what was counted in batches. */
  private refine(): void {
    for (const held of this.held.values()) held.at *= this.options.slideMillis
    this.ages?.reset(this.held.values())
  }

  private touch(held: Held): void {
    if (held.touchedBy === this.batch) return
    held.touchedBy = this.batch
    this.touched.add(held)
  }

  private bear(held: Held, state: unknown): void {
    held.born = ++this.serial
    held.at = this.now
    held.state = state
    this.size++
    this.ages?.reborn(held)
  }

  private makeRoom(): void {
    const { maxKeys, onMaxKeys, operator } = this.options
    while (this.size >= maxKeys) {
      const oldest = onMaxKeys === "fail" ? undefined : this.ages?.takeOldest()
      if (oldest === undefined) throw new TooManyKeys(operator, maxKeys)
      this.touch(oldest)
      this.onExpire(oldest)
      this.update(oldest, undefined)
    }
  }
}

const needsKeySchema = "Keys that come with an encoding are remembered with a schema that writes them down: give `key`"
