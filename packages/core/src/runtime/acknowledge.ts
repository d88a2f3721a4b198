/** Tells sources what is safe. */
import * as Effect from "effect/Effect"
import { effectOf } from "../dstream/effectOf.ts"
import type { Acknowledgement } from "./cut.ts"
import { errorText } from "./errorText.ts"
import type { Intake } from "./Intake.ts"
import { type Observer, publish } from "./Observer.ts"

interface Acknowledging {
  readonly intakes: ReadonlyArray<Intake>
  readonly observer: Observer
}

/**
 * The batch is delivered whatever becomes of these: one that fails is told, and the source will send its block again.
 * Receivers do not wait for each other; those of one receiver come one after the other, each with its time. Once one had
 * no answer the others of that receiver come together, so that a source that is gone holds all up for two times at most.
 */
export const acknowledgeAll = (
  line: Acknowledging,
  acknowledgements: ReadonlyArray<Acknowledgement>,
  what: string
): Effect.Effect<void> =>
  Effect.suspend(() => {
    const one = ({ acknowledge, lane }: Acknowledgement): Effect.Effect<boolean> => {
      const intake = line.intakes[lane]
      const receiver = intake?.receiver.name ?? ""
      let isAnswered = true
      const unanswered = () => {
        isAnswered = false
        return Effect.die(new Error(`no answer to an acknowledgement within ${acknowledgeTimeout}`))
      }
      return Effect.suspend(() => effectOf(acknowledge)).pipe(
        Effect.as(true),
        Effect.timeoutOrElse({ duration: acknowledgeTimeout, orElse: unanswered }),
        Effect.catchCause((cause) => {
          const error = errorText(cause)
          if (intake !== undefined) intake.status.lastError = error
          line.observer.metrics.receiverFailed(lane)
          publish(line.observer, { _tag: "ReceiverError", pipeline: line.observer.pipeline, receiver, error })
          return Effect.as(
            Effect.logWarning(`Receiver ${JSON.stringify(receiver)} could not acknowledge ${what}: ${error}`),
            isAnswered
          )
        })
      )
    }
    const inOrder = Effect.fnUntraced(function*(own: ReadonlyArray<Acknowledgement>) {
      for (const [index, each] of own.entries()) {
        if (yield* one(each)) continue
        return yield* Effect.forEach(own.slice(index + 1), one, { concurrency: "unbounded", discard: true })
      }
    })
    const lanes = byLane(acknowledgements)
    const only = lanes.length === 1 ? lanes[0] : undefined
    return only !== undefined ? inOrder(only) : Effect.forEach(lanes, inOrder, { concurrency: "unbounded", discard: true })
  })

const byLane = (acknowledgements: ReadonlyArray<Acknowledgement>): ReadonlyArray<ReadonlyArray<Acknowledgement>> => {
  const lanes = new Map<number, Array<Acknowledgement>>()
  for (const each of acknowledgements) {
    const lane = lanes.get(each.lane)
    if (lane === undefined) lanes.set(each.lane, [each])
    else lane.push(each)
  }
  return [...lanes.values()]
}

const acknowledgeTimeout = "30 seconds"
