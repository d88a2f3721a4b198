/**
 * Times as small whole numbers, which objects hold in place: counted in batches from the first time there is, or in
 * milliseconds where times do not fit, as when the interval was another before a restart.
 */
export class Ticks {
  private unit: number
  private origin: number | undefined

  constructor(slideMillis: number) {
    this.unit = slideMillis
  }

  /** Whether these times made the unit smaller: what was counted before counts that much more. */
  isFinerFor(times: ReadonlyArray<number | undefined>): boolean {
    let misfit = false
    for (const time of times) {
      if (time === undefined) continue
      this.origin ??= time
      if ((time - this.origin) % this.unit !== 0) misfit = true
    }
    if (misfit) this.unit = 1
    return misfit
  }

  of(time: number): number {
    const tick = (time - (this.origin ?? 0)) / this.unit
    // What a division gave stays a floating point number, in a box of its own, unless it is told to be an integer.
    const integer = tick | 0
    return integer === tick ? integer : tick
  }

  timeOf(tick: number): number {
    return (this.origin ?? 0) + tick * this.unit
  }
}
