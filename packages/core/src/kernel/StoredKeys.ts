/** Keys that a store keeps, as a stage reads those that it does not hold itself. */

/** One key, as it was written down. */
export interface StoredKey {
  readonly name: unknown
  readonly value: unknown
  /** Set where keys are structural and written down. */
  readonly key?: unknown
  /** When it was updated last. */
  readonly at: number
  /** A younger key has a higher one. */
  readonly serial: number
}

/** A place between two keys by the time of their last update. */
export type Moment = Pick<StoredKey, "at" | "serial">

/**
 * What the batches left that the store has taken in. It numbers keys as they come: a name that is set and not there gets
 * `next`, one that is there keeps its serial. Nothing changes while a call lasts.
 */
export interface StoredKeys {
  /** So many keys may be held as live objects besides those that a batch has changed which the store has not got. */
  readonly maxLiveKeys: number
  readonly status: () => { readonly size: number; readonly next: number; readonly seeded: boolean }
  readonly get: (name: unknown) => StoredKey | undefined
  /** Up to `limit` keys whose last update is before `before`, the longest ago first, among equals the oldest key. */
  readonly oldest: (after: Moment | undefined, before: number, limit: number) => ReadonlyArray<StoredKey>
  /** Up to `limit` keys whose serial is higher than `after`, ascending. */
  readonly byAge: (after: number, limit: number) => ReadonlyArray<StoredKey>
}

/** So many keys are read at once. */
export const page = 512

/** All keys by age. */
export function* storedByAge(stored: StoredKeys): Generator<StoredKey> {
  for (let after = 0;;) {
    const rows = stored.byAge(after, page)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < page) return
    after = last.serial
  }
}

/** Keys by their last update, as far as it is before `before`. */
export function* storedByTime(stored: StoredKeys, before: number): Generator<StoredKey> {
  for (let after: Moment | undefined = undefined;;) {
    const rows: ReadonlyArray<StoredKey> = stored.oldest(after, before, page)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < page) return
    after = last
  }
}
