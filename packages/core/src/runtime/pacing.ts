/** When a receiver at its rate limit is free to take the next block. */
export interface Pacing {
  /** Milliseconds since the epoch, with a fraction. */
  readonly freeAtMillis: number
}

/** Free at once. */
export const idle: Pacing = { freeAtMillis: 0 }

/**
 * Charges a block that was taken at `nowMillis`, after the manner of Guava's smooth rate limiter: a block never pays for
 * itself. It waits `waitMillis`, until those before it are paid off, and those after it wait for `records / rate` more.
 * So blocks of any size pass, a first block passes at once, and the mean is exact. Idle time is not saved up, and a new
 * rate prices later blocks only. `rate` is in records per second, `Infinity` means no charge.
 */
export const take = (
  self: Pacing,
  block: { readonly nowMillis: number; readonly records: number; readonly rate: number }
): { readonly pacing: Pacing; readonly waitMillis: number } => {
  const { nowMillis, rate, records } = block
  const freeAtMillis = Math.max(nowMillis, self.freeAtMillis) + records / rate * 1000
  return { pacing: { freeAtMillis }, waitMillis: Math.max(0, self.freeAtMillis - nowMillis) }
}
