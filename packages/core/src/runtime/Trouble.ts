/** The items of one batch that a step could not take. */
import type { Refused } from "../kernel/Refused.ts"
import { stepLabel } from "../plan/label.ts"
import type { Stage } from "../plan/Plan.ts"
import { type DeadLetter, errorOf, maxBatchBytes, maxBatchLetters, payloadOf } from "../store/DeadLetter.ts"
import type { BatchRef } from "./PipelineError.ts"

/**
 * More of a batch went wrong than is set aside: then it is not the records. The cause of the `StepFailed` that ends the
 * run.
 */
export class TooManyDeadLetters extends RangeError {
  override readonly name = "TooManyDeadLetters"

  constructor() {
    super(
      `more than ${maxBatchLetters} records of the batch, or ${maxBatchBytes} bytes, would become dead letters: ` +
        "look for what is wrong with all of them, or choose onError \"drop\""
    )
  }
}

/** What is said of a record that is set aside because the process does not live through it. */
export class ProcessEnded extends Error {
  override readonly name = "ProcessEnded"

  constructor() {
    super("the process ended each time a batch of this record alone was tried")
  }
}

export type PositionOf = (receiver: string | undefined) => unknown

type Fused = Extract<Stage, { readonly _tag: "Fused" }>

export class Trouble {
  readonly letters: Array<DeadLetter> = []
  /** How many were left out, by step. */
  readonly dropped = new Map<string, number>()
  private bytes = 0
  private readonly pipeline: string
  private readonly batch: BatchRef
  private readonly positionOf: PositionOf

  /** `positionOf`: as JSON, where a receiver stands after the batch; without a name, the only one there is. */
  constructor(pipeline: string, { id, time }: BatchRef, positionOf: PositionOf = () => undefined) {
    this.pipeline = pipeline
    this.positionOf = positionOf
    this.batch = { id, time }
  }

  get isNone(): boolean {
    return this.letters.length === 0 && this.dropped.size === 0
  }

  drop(name: string): void {
    this.dropped.set(name, (this.dropped.get(name) ?? 0) + 1)
  }

  /** Throws `TooManyDeadLetters` where there is no room for one more. */
  bury(from: DeadLetter["from"], name: string, item: unknown, cause: unknown): void {
    const payload = payloadOf(item)
    this.bytes += payload.payload?.length ?? 0
    if (this.letters.length >= maxBatchLetters || this.bytes > maxBatchBytes) throw new TooManyDeadLetters()
    const { batch: { id, time }, pipeline } = this
    const position = this.positionOf(from === "receiver" || from === "crash" ? name : undefined)
    const letter = { pipeline, batch: id, time, from, name, error: errorOf(cause), ...payload }
    this.letters.push(position === undefined ? letter : { ...letter, position })
  }

  /** Where the loop of a stage leaves its items. */
  of({ aggregation, memory, steps }: Fused): Refused {
    const nameOf = (step: number) => stepLabel(steps[step] ?? aggregation)
    return {
      drop: (step) => this.drop(nameOf(step)),
      bury: (step, item, cause) => {
        const receiver = steps[step]?.receiver
        if (receiver !== undefined) this.bury("receiver", receiver, item, cause)
        else if (step < steps.length) this.bury("step", nameOf(step), item, cause)
        else this.bury("state", memory?.operator ?? nameOf(step), item, cause)
      }
    }
  }
}
