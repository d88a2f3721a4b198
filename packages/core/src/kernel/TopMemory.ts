/** The first few of all items, in an order that the user gave. */
import type { Primitive } from "../batch/Key.ts"
import { newKey } from "./guard.ts"
import type { Delta, Memory } from "./Memory.ts"
import type { AnyFunction } from "./Step.ts"

export interface TopRules {
  readonly k: number
  /** Above zero where the left one is the greater. */
  readonly order: AnyFunction
  /** Gives the name under which a later item takes the place of an earlier one. */
  readonly by: AnyFunction | undefined
  readonly encode: AnyFunction
  readonly decode: AnyFunction
}

interface Ranked {
  readonly item: unknown
  readonly name: Primitive | undefined
}

export class TopMemory implements Memory {
  private readonly rules: TopRules
  /** The greatest first; among equals the one that came first. */
  private ranking: Array<Ranked> = []
  /** The ranking before this batch, where the batch changed it. */
  private before: Array<Ranked> | undefined
  private byName = new Map<Primitive, Ranked>()

  constructor(rules: TopRules) {
    this.rules = rules
  }

  begin(): void {
    this.before = undefined
  }

  add(item: unknown): void {
    const { by, k } = this.rules
    const name: Primitive | undefined = by === undefined ? undefined : newKey(by(item))
    const replaced = name === undefined ? undefined : this.byName.get(name)
    const place = this.placeOf(item)
    if (replaced === undefined && place >= k) return
    this.before ??= this.ranking.slice()
    const ranked: Ranked = { item, name }
    this.ranking.splice(place, 0, ranked)
    if (replaced !== undefined) this.ranking.splice(this.ranking.indexOf(replaced), 1)
    const last = this.ranking.length > k ? this.ranking.pop() : undefined
    if (last?.name !== undefined) this.byName.delete(last.name)
    if (name !== undefined) this.byName.set(name, ranked)
  }

  finish(): ReadonlyArray<unknown> {
    return this.ranking.map(({ item }) => item)
  }

  delta(): Delta {
    return this.before === undefined ? { removed: [], names: [], values: [] } : this.snapshot()
  }

  commit(): void {
    this.before = undefined
  }

  rollback(): void {
    if (this.before !== undefined) this.take(this.before)
    this.before = undefined
  }

  snapshot(): Delta {
    return { removed: [], names: ["ranking"], values: [this.ranking.map(({ item }) => this.rules.encode(item))] }
  }

  restore({ values: [ranking] }: Delta): void {
    const { by, decode, k } = this.rules
    if (!Array.isArray(ranking)) return
    const items = ranking.slice(0, k).map(decode)
    this.take(items.map((item): Ranked => ({ item, name: by === undefined ? undefined : newKey(by(item)) })))
  }

  private take(ranking: Array<Ranked>): void {
    this.ranking = ranking
    this.byName = new Map(ranking.flatMap((ranked) => ranked.name === undefined ? [] : [[ranked.name, ranked]]))
  }

  /** After all that are as great or greater. */
  private placeOf(item: unknown): number {
    const { ranking, rules } = this
    let low = 0
    let high = ranking.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (rules.order(ranking[middle]!.item, item) >= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
