/** An operator was given more keys than it may remember. The cause of the `StepFailed` that ends the run. */
export class TooManyKeys extends RangeError {
  override readonly name = "TooManyKeys"
  readonly operator: string
  readonly maxKeys: number
  constructor(operator: string, maxKeys: number, advice = ofState) {
    super(
      `${JSON.stringify(operator)} remembers ${maxKeys} keys, which is its maxKeys, and was given one more: ${advice}`
    )
    this.operator = operator
    this.maxKeys = maxKeys
  }
}

const ofState = `forget keys, set a timeout, raise maxKeys, or choose onMaxKeys: "expireOldest"`
