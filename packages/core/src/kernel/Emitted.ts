/** What a stage emits in a batch. */

/** There is room for so many at least. */
const few = 16

/**
 * A list with room for as many as the batch before had: mostly as many come again, and to let a list grow costs as much
 * as to find their keys.
 */
export class Emitted {
  private items: Array<unknown> = []
  private count = 0
  private room = few

  /** Makes room for a batch. */
  begin(): void {
    this.items = new Array(this.room)
    this.count = 0
  }

  add(item: unknown): void {
    this.items[this.count++] = item
  }

  /** All of them. The list is the caller's. */
  take(): ReadonlyArray<unknown> {
    const { count, items } = this
    this.room = Math.max(count, few)
    items.length = count
    this.clear()
    return items
  }

  clear(): void {
    this.items = []
    this.count = 0
  }
}
