/** Windows as one would read them off the definition: every one put together anew from all batches. */

export interface Shape {
  readonly windowMillis: number
  readonly slideMillis: number
}

export interface Fed<A> {
  readonly time: number
  readonly items: ReadonlyArray<A>
}

type Pair<K, V> = readonly [K, V]

/** Batches of a stream that is fed every `every` milliseconds, the first at `every`. */
export const fed = <A>(batches: ReadonlyArray<ReadonlyArray<A>>, every = 1000): ReadonlyArray<Fed<A>> =>
  batches.map((items, index) => ({ time: (index + 1) * every, items }))

const inWindow = <A>(batches: ReadonlyArray<Fed<A>>, at: number, { windowMillis }: Shape): ReadonlyArray<Fed<A>> =>
  batches.filter(({ time }) => time > at - windowMillis && time <= at)

const speaks = ({ time }: { readonly time: number }, { slideMillis }: Shape): boolean => time % slideMillis === 0

/** Every window's items, oldest first. */
export const naiveItems = <A>(batches: ReadonlyArray<Fed<A>>, shape: Shape): ReadonlyArray<Fed<A>> =>
  batches.filter((batch) => speaks(batch, shape)).map(({ time }) => ({
    time,
    items: inWindow(batches, time, shape).flatMap(({ items }) => items)
  }))

/** One value for what a window has, and once it had something, for a window that has nothing. */
export const naiveReduce = <A, B>(
  batches: ReadonlyArray<Fed<A>>,
  shape: Shape,
  combine: (items: ReadonlyArray<A>) => B,
  empty: ReadonlyArray<B> = []
): ReadonlyArray<Fed<B>> => {
  let had = false
  return naiveItems(batches, shape).map(({ items, time }) => {
    had ||= items.length > 0
    return { time, items: items.length > 0 ? [combine(items)] : had ? empty : [] }
  })
}

/**
 * What keys have: those of the newest batch as it showed them, then the others as long as they have been in windows.
 */
export const naiveKeyed = <K, V, B>(
  batches: ReadonlyArray<Fed<Pair<K, V>>>,
  shape: Shape,
  combine: (values: ReadonlyArray<V>, key: K) => B,
  emit: "all" | "changed" = "all"
): ReadonlyArray<Fed<Pair<K, B>>> => {
  let ages: ReadonlyArray<K> = []
  let before: ReadonlyArray<Fed<Pair<K, V>>> = []
  const out: Array<Fed<Pair<K, B>>> = []
  for (const batch of batches) {
    const next = Math.ceil(batch.time / shape.slideMillis) * shape.slideMillis
    if (batch.time > next - shape.windowMillis) ages = Array.from(new Set(ages.concat(keysOf(batch))))
    if (!speaks(batch, shape)) continue
    const now = inWindow(batches, batch.time, shape)
    const has = new Map<K, Array<V>>()
    for (const { items } of now) for (const [key, value] of items) has.set(key, [...has.get(key) ?? [], value])
    ages = ages.filter((key) => has.has(key))
    const keys = [...new Set([...keysOf(batch), ...ages])]
    const shown = emit === "all" ? keys : keys.filter((key) => timesOf(before, key) !== timesOf(now, key))
    out.push({ time: batch.time, items: shown.map((key) => [key, combine(has.get(key) ?? [], key)]) })
    before = now
  }
  return out
}

const keysOf = <K, V>({ items }: Fed<Pair<K, V>>): ReadonlyArray<K> => [...new Set(items.map(([key]) => key))]

const timesOf = <K, V>(batches: ReadonlyArray<Fed<Pair<K, V>>>, key: K): string =>
  batches.filter((batch) => new Set(keysOf(batch)).has(key)).map(({ time }) => time).join()

/** Spark's incremental window, batch by batch, from its source. */
export const naiveSpark = <K>(
  batches: ReadonlyArray<Fed<Pair<K, number>>>,
  { slideMillis, windowMillis }: Shape,
  filter: (value: number, key: K) => boolean = () => true
): ReadonlyArray<Fed<Pair<K, number>>> => {
  let values = new Map<K, number>()
  const sum = (from: number, to: number) => {
    const sums = new Map<K, number>()
    for (const { items, time } of batches) {
      if (time > from && time <= to) for (const [key, n] of items) sums.set(key, (sums.get(key) ?? 0) + n)
    }
    return sums
  }
  return batches.filter(({ time }) => time % slideMillis === 0).map((batch) => {
    const { time } = batch
    const left = sum(time - slideMillis - windowMillis, time - windowMillis)
    const came = sum(time - slideMillis, time)
    const next = new Map<K, number>()
    for (const [key, value] of values) next.set(key, value - (left.get(key) ?? 0) + (came.get(key) ?? 0))
    for (const [key, value] of came) if (!values.has(key)) next.set(key, value)
    values = new Map([...next].filter(([key, value]) => filter(value, key)))
    const keys = [...new Set([...keysOf(batch), ...values.keys()])]
    return { time, items: keys.flatMap((key) => values.has(key) ? [[key, values.get(key) ?? 0] as const] : []) }
  })
}
