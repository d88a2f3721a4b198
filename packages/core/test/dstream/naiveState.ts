/** State per key as one would write it without an engine: a list of keys, looked through from the front. */

export interface Rules {
  readonly millis: number
  readonly refreshOnRead: boolean
}

interface Known {
  readonly key: string
  state: number
  time: number
}

export const naiveMap = (
  batches: ReadonlyArray<ReadonlyArray<readonly [string, number]>>,
  { millis, refreshOnRead }: Rules
): ReadonlyArray<ReadonlyArray<unknown>> => {
  let all: Array<Known> = []
  return batches.map((items, index) => {
    const time = (index + 1) * 1000
    const out: Array<unknown> = []
    for (const [key, n] of items) {
      const known = all.find((other) => other.key === key)
      const state = known?.state
      if (n < 0) {
        out.push(`${key} ${state}`)
        all = all.filter((other) => other.key !== key)
      } else if (n === 0) {
        if (known !== undefined && refreshOnRead) known.time = time
      } else {
        out.push(`${key} ${state} ${n} ${time}`)
        if (known === undefined) all.push({ key, state: n, time })
        else {
          if (n !== state || refreshOnRead) known.time = time
          known.state = n
        }
      }
    }
    const due = all.filter((known) => time > known.time + millis)
    for (const { key, state } of due) out.push(`${key} ${state} out ${time}`)
    all = all.filter((known) => !due.includes(known))
    return out
  })
}

export const naiveUpdate = (
  batches: ReadonlyArray<ReadonlyArray<readonly [string, number]>>,
  seeds: ReadonlyArray<readonly [string, number]>,
  update: (values: ReadonlyArray<number>, state: number | undefined, key: string, time: number) => number | undefined
): ReadonlyArray<ReadonlyArray<unknown>> => {
  let all: ReadonlyArray<readonly [string, number]> = seeds
  return batches.map((items, index) => {
    const came = [...new Set(items.map(([key]) => key))]
    const keys = [...came, ...all.map(([key]) => key).filter((key) => !came.includes(key))]
    const next = new Map(keys.map((key) => {
      const values = items.filter(([other]) => other === key).map(([, n]) => n)
      return [key, update(values, all.find(([other]) => other === key)?.[1], key, (index + 1) * 1000)]
    }))
    const old = all.map(([key]) => key)
    const aged = [...old, ...came.filter((key) => !old.includes(key))]
    const withState = (keys: ReadonlyArray<string>) =>
      keys.flatMap((key): ReadonlyArray<readonly [string, number]> => {
        const state = next.get(key)
        return state === undefined ? [] : [[key, state]]
      })
    all = withState(aged)
    return withState(keys)
  })
}
