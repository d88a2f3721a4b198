/** How many records of each partition a batch takes. */

/** What is asked of a batch. */
export interface Limits {
  /** Over all partitions; may be `Infinity`. */
  readonly maxRecords: number
  /** Of each partition; may be `Infinity`. */
  readonly maxPerPartition: number
}

/**
 * As Spark's direct stream: each partition has its part of `maxRecords` by how far behind it is, one at least, and never
 * more than `maxPerPartition` (then one at least as well) nor than it has. So a batch may take one of each partition more
 * than was asked for.
 */
export const shareOut = (lags: ReadonlyArray<number>, { maxPerPartition, maxRecords }: Limits): ReadonlyArray<number> => {
  const total = lags.reduce((sum, lag) => sum + lag, 0)
  return lags.map((lag) => {
    const byLag = maxRecords >= total ? lag : Math.floor(lag / total * Math.max(0, maxRecords))
    return Math.min(lag, Math.max(1, Math.floor(Math.min(byLag, maxPerPartition))))
  })
}
