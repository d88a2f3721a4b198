/** Who watches over batches that do not come to an end. A platform may have somebody; without, nobody does. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Settings } from "../plan/Settings.ts"
import type { Line } from "./process.ts"

/** Told when a batch goes into the stages and when it is through. */
export interface Watch {
  readonly begin: (batch: number) => void
  readonly end: () => void
}

export const Watchdog = Context.Reference<
  undefined | ((pipeline: string, deadlineMillis: number) => Watch)
>("@millrace/core/runtime/Watchdog", { defaultValue: () => undefined })

/** The stages of a pipeline, watched where it asks for that and somebody can. */
export const watched = (pipeline: string, { batchDeadlineMillis }: Settings, step: Line["step"]): Effect.Effect<Line["step"]> =>
  Effect.map(Watchdog, (watchdog) => {
    if (batchDeadlineMillis === undefined || watchdog === undefined) return step
    const watch = watchdog(pipeline, batchDeadlineMillis)
    return (cut, startedAt) =>
      Effect.ensuring(
        Effect.suspend(() => {
          watch.begin(cut.info.id)
          return step(cut, startedAt)
        }),
        Effect.sync(watch.end)
      )
  })
