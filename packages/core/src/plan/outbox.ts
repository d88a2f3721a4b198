/** Whether what batches emit is kept in the journal until it is delivered. */
import type { Receiver } from "../dstream/Receiver.ts"
import { buries } from "./deadLetters.ts"
import type { Plan } from "./Plan.ts"

/**
 * `isNeeded`: a receiver can be sought and not read again, so that what is promised of it hangs on the outbox. A receiver
 * that can be neither promises less anyway.
 */
export interface Outbox {
  readonly isOn: boolean
  readonly isNeeded: boolean
}

/**
 * On where a batch might come out differently when it is computed again (an effect is among the steps), where one output
 * may have it and another not, and where its input cannot be read again.
 */
export const outboxOf = ({ deadLetters, outputs, settings, stages }: Plan): Outbox => {
  // Records that end the process are seen to without it.
  const count = outputs.length - (deadLetters !== undefined && !stages.some(buries) ? 1 : 0)
  const receivers = stages.flatMap((stage) => stage._tag === "Receive" ? [stage.receiver] : [])
  const isNeeded = receivers.some((receiver) => receiver.delivery === "Replayable" && !isReadable(receiver))
  const isOn = settings.outbox === "auto"
    ? !receivers.every(isReadable) || count > 1 || stages.some((stage) => stage._tag === "Effect")
    : settings.outbox === "on" || isNeeded
  return { isOn, isNeeded }
}

/** Whether the input of a batch can be read again: from the source, or from the journal. */
export const isReadable = ({ chunk, delivery, position, reread }: Receiver<unknown, unknown, unknown>): boolean =>
  delivery === "Replayable" ? reread !== undefined && position !== undefined : chunk !== undefined
