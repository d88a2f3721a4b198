/** State per key, owned by the engine: live objects, updated in place. A batch costs what it touches. */
import type { Primitive } from "../batch/Key.ts"
import { Ages } from "./Ages.ts"
import { newEncodedKey, newKey } from "./guard.ts"
import { type KeyedCodec, readName, seededName, writeName } from "./keyedCodec.ts"
import type { Delta, Entry } from "./Memory.ts"
import { TooManyKeys } from "./TooManyKeys.ts"

/** A key and its state, and what both were before the batch that touched them last. */
export class Held {
  readonly key: unknown
  /** The primitive that stands for the key. */
  readonly name: Primitive
  /** `undefined`: none, which a commit makes true. */
  state: unknown = undefined
  /** Of the batch that updated the state last. */
  time = 0
  /** Orders keys by age: the higher, the younger. 0 before the first birth. */
  born = 0
  filed = -1
  /** What an operator knows of the key until its batch is over. */
  scratch: unknown = undefined
  touchedBy: number
  stateBefore: unknown = undefined
  timeBefore = 0
  bornBefore = 0

  constructor(key: unknown, name: Primitive, touchedBy: number) {
    this.key = key
    this.name = name
    this.touchedBy = touchedBy
  }
}

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
}

/** Filed entries that are gone are dropped when they outnumber the living, and a few. */
const fewGone = 1024

export class KeyedState {
  /** The time of the batch. */
  now = 0
  /** How many keys have state. */
  size = 0
  /** Called for a key that must make room for another, just before it is forgotten. */
  onExpire: (held: Held) => void = () => {}
  private readonly options: KeyedOptions
  /** By age, but for what a rollback brought back. Holds what the batch removed until the commit. */
  private held = new Map<Primitive, Held>()
  private readonly ages: Ages<Held> | undefined
  private touched: Array<Held> = []
  private batch = 0
  private serial = 0
  private disordered = false
  private seeded: boolean
  private before = { size: 0, serial: 0, seeded: false }

  constructor(options: KeyedOptions) {
    this.options = options
    this.seeded = options.initial === undefined
    const isAged = options.timeoutMillis !== undefined || options.onMaxKeys === "expireOldest"
    this.ages = isAged ? new Ages() : undefined
  }

  begin(time: number): void {
    this.batch++
    this.now = time
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
    this.touched.push(held)
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
      held.time = this.now
    }
  }

  /** Counts as an update that changed nothing. */
  refresh(held: Held): void {
    if (held.time === this.now) return
    this.touch(held)
    held.time = this.now
  }

  /** Takes the keys whose timeout is over, by age. They are held until they are updated to `undefined`. */
  takeDue(): ReadonlyArray<Held> {
    const { timeoutMillis } = this.options
    if (this.ages === undefined || timeoutMillis === undefined) return []
    const due = this.ages.takeBefore(this.now - timeoutMillis)
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
    for (const held of this.touched) {
      if (held.state === undefined) {
        if (held.stateBefore !== undefined) removed.push(writeName(held.name))
      } else if (held.state !== held.stateBefore || held.time !== held.timeBefore || held.born !== held.bornBefore) {
        set.push(this.write(held))
      }
    }
    return { set, removed }
  }

  commit(): void {
    for (const held of this.touched) {
      held.stateBefore = undefined
      if (held.state === undefined) this.held.delete(held.name)
    }
    this.mark()
    const { ages, size } = this
    if (ages !== undefined && ages.count > size * 2 + fewGone) ages.reset(this.held.values())
  }

  rollback(): void {
    for (const held of this.touched) {
      held.state = held.stateBefore
      held.stateBefore = undefined
      if (held.state === undefined) {
        this.held.delete(held.name)
        continue
      }
      held.time = held.timeBefore
      if (held.born !== held.bornBefore) {
        this.disordered = true
        held.born = held.bornBefore
        this.ages?.reborn(held)
      }
      if (held.filed < 0 || held.filed > held.time) this.ages?.file(held)
    }
    this.size = this.before.size
    this.serial = this.before.serial
    this.seeded = this.before.seeded
    this.touched = []
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
    for (const [written, value] of entries) {
      if (written === seededName || !Array.isArray(value)) continue
      const [born, time, state, key] = value
      const name = readName(written)
      const held = new Held(value.length > 3 && decodeKey !== undefined ? decodeKey(key) : name, name, 0)
      held.born = held.bornBefore = born
      held.time = held.timeBefore = time
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
    this.touched = []
    this.before = { size: this.size, serial: this.serial, seeded: this.seeded }
  }

  private write({ born, key, name, state, time }: Held): Entry {
    const { encodeKey, encodeState } = this.options.codec
    const written = writeName(name)
    return this.options.encode === undefined || encodeKey === undefined
      ? [written, [born, time, encodeState(state)]]
      : [written, [born, time, encodeState(state), encodeKey(key)]]
  }

  private touch(held: Held): void {
    if (held.touchedBy === this.batch) return
    held.touchedBy = this.batch
    held.stateBefore = held.state
    held.timeBefore = held.time
    held.bornBefore = held.born
    this.touched.push(held)
  }

  private bear(held: Held, state: unknown): void {
    held.born = ++this.serial
    held.time = this.now
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
