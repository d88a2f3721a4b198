/** The keys of a stage, by name and by age. */
import type { Primitive } from "../batch/Key.ts"
import type { Held } from "./Pile.ts"

export class KeysByAge {
  private readonly names = new Map<Primitive, Held>()
  /** With holes where keys have left. */
  private list: Array<Held | undefined> = []

  get(name: Primitive): Held | undefined {
    return this.names.get(name)
  }

  get size(): number {
    return this.names.size
  }

  /** Adds the youngest. */
  add(held: Held): void {
    held.at = this.list.length
    this.list.push(held)
    this.names.set(held.name, held)
  }

  delete(held: Held): void {
    this.list[held.at] = undefined
    this.names.delete(held.name)
  }

  /** Oldest first, with holes. */
  get oldestFirst(): ReadonlyArray<Held | undefined> {
    return this.list
  }

  /** Closes the holes once they are the greater part. */
  tidy(): void {
    if (this.list.length < 16 || this.list.length < this.names.size * 2) return
    this.replace(this.list.filter((held) => held !== undefined))
  }

  /** Takes these instead of all, in any order. */
  replace(held: Iterable<Held>): void {
    this.list = []
    this.names.clear()
    for (const one of [...held].sort(byAge)) this.add(one)
  }
}

export const byAge = (left: Held, right: Held): number => left.serial - right.serial
