/** Windows over keys, whatever is done with a key's values. */
import type { Primitive } from "../batch/Key.ts"
import { tooManyKeys } from "./KeyBound.ts"
import { byAge, KeysByAge } from "./KeysByAge.ts"
import { deltaOf, type Delta, type Memory, type MemoryBatch, type MemoryPlan } from "./Memory.ts"
import { type FullPane, fullPanes, gridOf, newPane, type Pane, type PaneGrid, PaneQueue } from "./Panes.ts"
import { Held, type Pile } from "./Pile.ts"
import type { AnyFunction } from "./Step.ts"
import { newWindowKey, readChunks, totalsOf, writeChunk, writePanes } from "./windowJson.ts"
import type { WindowReduceOptions } from "./WindowReduceOptions.ts"

/** Stands for the value of a key that was not in the open pane. */
const none = Symbol()

/** How things stood when the batch began, as far as panes and keys do not tell. */
interface Start {
  readonly current: Pane | undefined
  readonly length: number
  readonly serial: number
  readonly emitted: number
}

/**
 * One look-up per record, and per emission the keys of the pane that leaves and the keys that are emitted. A key that
 * has no pane left is forgotten. Panes leave when the stage emits, never between.
 *
 * What undoes a batch is not kept: a rollback builds everything anew from the panes, as a restore does.
 */
export class WindowReduce implements Memory {
  private readonly options: WindowReduceOptions
  private readonly grid: PaneGrid
  private readonly pile: Pile
  private readonly merge: AnyFunction
  private readonly keys = new KeysByAge()
  private panes = new PaneQueue()
  private current: Pane | undefined
  private serial = 0
  /** The number of the newest pane at the last emission. */
  private emitted = -Infinity
  /** What was restored, until it is needed. */
  private written: Map<unknown, unknown> | undefined
  private isOpen = false
  private batch = 0
  private time = 0
  private emits = false
  private isCovered = true
  private number = 0
  private start: Start = { current: undefined, length: 0, serial: 0, emitted: -Infinity }
  /** In the order in which they came: where the batch is the first of its pane, the pane's own list. */
  private touched: Array<Held> = []
  private before: Array<unknown> = []
  private leaving: Array<Pane> = []
  private readonly changed = new Map<Held, unknown>()
  /** The pane that the batch belongs to, closed or not. */
  private own: Pane | undefined

  constructor(plan: MemoryPlan, options: WindowReduceOptions) {
    this.options = options
    this.merge = options.merge
    this.grid = gridOf(plan, options.coarse)
    this.pile = options.pile(this.grid.panes)
    if (this.pile.onChange === undefined) return
    this.pile.onChange = (held) => {
      if (held.changed === this.batch) return
      held.changed = this.batch
      this.changed.set(held, held.total)
    }
  }

  begin({ emits, time }: MemoryBatch): void {
    this.settle()
    this.isOpen = true
    this.batch++
    this.time = time
    this.emits = emits
    this.isCovered = this.grid.isCovered(time)
    this.number = this.grid.number(time)
    this.own = undefined
    const { current, emitted, serial } = this
    this.start = { current, length: current?.held.length ?? 0, serial, emitted }
  }

  add(key: unknown, value: unknown, name: Primitive): void {
    if (!this.isCovered) return
    const held = this.keys.get(name) ?? this.enter(key, name)
    if (held.batch === this.batch) held.open = this.merge(held.open, value)
    else this.touch(held, value)
  }

  private enter(key: unknown, name: Primitive): Held {
    const { bound } = this.options
    if (this.keys.size >= bound.maxKeys) throw tooManyKeys(bound)
    const held = new Held(newWindowKey(key, name, this.options.json), name === 0 ? 0 : name, this.serial++)
    this.keys.add(held)
    return held
  }

  private touch(held: Held, value: unknown): void {
    const pane = this.ownPane()
    held.batch = this.batch
    if (this.touched === pane.held) {
      held.pane = pane.number
      held.open = this.options.first(value)
      pane.held.push(held)
      return
    }
    this.touched.push(held)
    if (held.pane === pane.number) {
      this.before.push(held.open)
      held.open = this.merge(held.open, value)
    } else {
      this.before.push(none)
      held.pane = pane.number
      held.open = this.options.first(value)
      pane.held.push(held)
    }
  }

  /** The pane of this batch. One that was never closed, because its last boundaries had no batch, is closed first. */
  private ownPane(): Pane {
    if (this.own !== undefined) return this.own
    if (this.current !== undefined && this.current.number !== this.number) this.close(this.current)
    if (this.current === undefined) {
      this.current = newPane(this.number)
      this.touched = this.current.held
    }
    return this.own = this.current
  }

  private close(pane: Pane): void {
    const { held } = pane
    for (let i = 0; i < held.length; i++) this.pile.push(held[i]!, held[i]!.open, pane.number)
    this.panes.push(pane)
    this.current = undefined
  }

  finish(): ReadonlyArray<unknown> {
    if (!this.isCovered) return []
    const own = this.ownPane()
    if (this.grid.isEnd(this.time)) this.close(own)
    if (!this.emits) return []
    this.evict()
    const out = this.emission(this.options.changedOnly ? this.changedByAge() : this.keys.oldestFirst)
    this.emitted = this.number
    return out
  }

  private evict(): void {
    const last = this.number - this.grid.panes
    for (let pane = this.panes.first(); pane !== undefined && pane.number <= last; pane = this.panes.first()) {
      const { held } = pane
      for (; pane.gone < held.length; pane.gone++) {
        const one = held[pane.gone]!
        if (one.count > 1) this.pile.pop(one)
        else {
          one.head++
          this.keys.delete(one)
        }
      }
      this.leaving.push(pane)
      this.panes.shift()
    }
  }

  /** What the batch touched, in its order, then the others. */
  private emission(others: ReadonlyArray<Held | undefined>): ReadonlyArray<unknown> {
    const { touched } = this
    const out: Array<unknown> = []
    for (let i = 0; i < touched.length; i++) this.emit(touched[i]!, out)
    if (touched.length === this.keys.size) return out
    for (let i = 0; i < others.length; i++) {
      const held = others[i]
      if (held !== undefined && held.batch !== this.batch) this.emit(held, out)
    }
    return out
  }

  private emit(held: Held, out: Array<unknown>): void {
    const value = this.pile.value(held, this.number)
    const { filter } = this.options
    if (filter === undefined || filter(value, held.key)) out.push([held.key, value])
  }

  private changedByAge(): ReadonlyArray<Held> {
    const changed = this.panes.heldAfter(this.emitted)
    for (const { held } of this.leaving) for (const one of held) if (one.count > 0) changed.add(one)
    return [...changed].sort(byAge)
  }

  delta(): Delta {
    const { changed, emitted, leaving, options, serial, start, touched } = this
    const set = new Map<unknown, unknown>()
    if (this.isWritten()) {
      const values = touched.map((held) => [held, held.open] as const)
      set.set(this.time, writeChunk({ values, totals: totalsOf(changed.keys()) }, options.json))
    }
    if (serial !== start.serial) set.set("serial", serial)
    if (options.changedOnly && emitted !== start.emitted) set.set("emitted", emitted)
    return deltaOf(set, leaving.flatMap(({ times }) => times))
  }

  /** Whether the batch has something to write down that will be read. */
  private isWritten(): boolean {
    return this.touched.length > 0 || totalsOf(this.changed.keys()).length > 0
  }

  commit(): void {
    if (!this.isOpen) return
    if (this.own !== undefined && this.isWritten()) this.own.times.push(this.time)
    this.keys.tidy()
    this.end()
  }

  private end(): void {
    this.isOpen = false
    this.touched = []
    this.before = []
    this.leaving = []
    this.changed.clear()
  }

  rollback(): void {
    if (!this.isOpen) return
    const { current, emitted, serial } = this.start
    const panes = fullPanes([...this.leaving, ...this.panes.all()])
    const totals = new Map<Held, unknown>()
    for (const { pane } of panes) for (const held of pane.held) totals.set(held, held.total)
    for (const [held, total] of this.changed) totals.set(held, total)
    const kept = panes.filter(({ pane }) => pane !== current && pane !== this.own)
    this.serial = serial
    this.emitted = emitted
    this.rebuild(kept, current === undefined ? undefined : this.asItBegan(current, panes), totals)
    this.end()
  }

  /** The pane that was open when the batch began. It may have been closed since, and keys may have come or changed. */
  private asItBegan(pane: Pane, panes: ReadonlyArray<FullPane>): FullPane {
    const closed = panes.find((full) => full.pane === pane)
    pane.held.length = this.start.length
    const values = new Map(pane.held.map((held, at) => [held, closed === undefined ? held.open : closed.values[at]]))
    this.before.forEach((open, at) => {
      if (open !== none) values.set(this.touched[at]!, open)
    })
    return { pane, values: pane.held.map((held) => values.get(held)) }
  }

  snapshot(): Delta {
    this.settle()
    const full = [...fullPanes(this.panes.all())]
    const { current, options } = this
    if (current !== undefined) full.push({ pane: current, values: current.held.map(({ open }) => open) })
    const all = this.pile.onChange === undefined ? [] : this.keys.oldestFirst.filter((held) => held !== undefined)
    const entries = writePanes(full, totalsOf(all), options.json)
    if (this.serial > 0) entries.set("serial", this.serial)
    if (options.changedOnly && this.emitted > -Infinity) entries.set("emitted", this.emitted)
    return deltaOf(entries, [])
  }

  /** Panes are put together once, when all is there. */
  restore({ names, removed, values }: Delta): void {
    const written = this.written ??= new Map()
    for (const time of removed) written.delete(time)
    names.forEach((name, index) => written.set(name, values[index]))
  }

  /** Where a function of the user's throws, nothing of what was written is lost. */
  private settle(): void {
    const { written } = this
    if (written === undefined) return
    this.serial = Number(written.get("serial") ?? 0)
    this.emitted = Number(written.get("emitted") ?? -Infinity)
    const { current, panes, totals } = readChunks(written, this.grid, this.options.json)
    this.rebuild(panes, current, totals)
    this.written = undefined
  }

  private rebuild(panes: ReadonlyArray<FullPane>, current: FullPane | undefined, totals: ReadonlyMap<Held, unknown>) {
    const all = new Set<Held>()
    this.panes = new PaneQueue()
    for (const { pane, values } of current === undefined ? panes : [...panes, current]) {
      pane.gone = 0
      pane.held.forEach((held, index) => {
        if (!all.has(held)) held.reset()
        all.add(held)
        held.pane = pane.number
        held.open = values[index]
        if (pane !== current?.pane) this.pile.push(held, values[index], pane.number)
      })
      if (pane !== current?.pane) this.panes.push(pane)
    }
    this.current = current?.pane
    this.keys.replace(all)
    if (this.pile.onChange === undefined) return
    for (const [held, total] of totals) held.total = total
    this.changed.clear()
  }
}
