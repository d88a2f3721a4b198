/** Whether a program that runs for long stays as large as it was. */

/** What was measured at one moment. */
export interface Sample {
  readonly seconds: number
  readonly batches: number
  readonly heapBytes: number
  readonly residentBytes: number
  readonly openFiles: number
  readonly fibers: number
  /** What the checkpoint takes on the disk. */
  readonly checkpointBytes: number
}

export interface Trend {
  readonly name: string
  readonly before: number
  readonly after: number
  /** How much more than before is still the same. */
  readonly tolerance: number
  readonly perHour: number
  readonly isFlat: boolean
}

const mebibyte = 1024 * 1024

const watched: ReadonlyArray<readonly [name: keyof Sample, tolerance: number]> = [
  ["heapBytes", 6 * mebibyte],
  ["residentBytes", 32 * mebibyte],
  ["openFiles", 2],
  ["fibers", 4],
  ["checkpointBytes", 32 * mebibyte]
]

/** The first fifth is left to the engine to warm up in; then the first third of the rest is held against the last. */
export const trendsOf = (samples: ReadonlyArray<Sample>): ReadonlyArray<Trend> => {
  const settled = samples.slice(Math.ceil(samples.length / 5))
  const third = Math.max(1, Math.floor(settled.length / 3))
  const [early, late] = [settled.slice(0, third), settled.slice(-third)]
  const hours = (median(late, "seconds") - median(early, "seconds")) / 3_600
  return watched.map(([name, tolerance]) => {
    const before = median(early, name)
    const after = median(late, name)
    const perHour = hours > 0 ? (after - before) / hours : 0
    return { name, before, after, tolerance, perHour, isFlat: after - before <= tolerance }
  })
}

const median = (samples: ReadonlyArray<Sample>, name: keyof Sample): number => {
  const values = samples.map((sample) => sample[name]).sort((left, right) => left - right)
  return values[Math.floor(values.length / 2)] ?? Number.NaN
}

const shown = (name: string, value: number): string =>
  name.endsWith("Bytes") ? `${(value / mebibyte).toFixed(1)} MiB` : value.toFixed(0)

export const heading = ["", "before", "after", "per hour", ""].map((text) => text.padStart(16)).join("")

export const line = ({ after, before, isFlat, name, perHour }: Trend): string =>
  [name, shown(name, before), shown(name, after), shown(name, perHour), isFlat ? "flat" : "GROWS"]
    .map((text) => text.padStart(16))
    .join("")
