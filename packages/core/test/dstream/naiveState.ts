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
