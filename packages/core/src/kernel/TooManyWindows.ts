/** An operator was to hold more windows than it may. The cause of the `StepFailed` that ends the run. */
export class TooManyWindows extends RangeError {
  override readonly name = "TooManyWindows"
  readonly operator: string
  readonly maxWindows: number
  constructor(operator: string, maxWindows: number) {
    super(
      `${JSON.stringify(operator)} holds ${maxWindows} windows of keys, which is its maxWindows, and was to open one ` +
        "more: allow less lateness, take longer slides or fewer keys, or raise maxWindows"
    )
    this.operator = operator
    this.maxWindows = maxWindows
  }
}
