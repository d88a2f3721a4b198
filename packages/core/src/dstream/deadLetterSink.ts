/** The output that every pipeline with dead letters has. */
import * as Effect from "effect/Effect"
import type { Batch } from "../batch/Batch.ts"
import type { DeadLetter } from "../store/DeadLetter.ts"
import { DeadLetters } from "../store/DeadLetters.ts"
import * as BatchSink from "./BatchSink.ts"

/** No output of a user may have it. */
export const deadLettersName = "dead-letters"

/** Writes nothing for a batch without letters. */
export const deadLetterSink = BatchSink.fromOpen({
  commitClass: "IdempotentByBatch",
  open: ({ output, pipeline }) =>
    Effect.map(DeadLetters, (service) => ({
      lastCommitted: Effect.succeedNone,
      commit: ({ id, items }: Batch<DeadLetter>) =>
        items.length === 0 ? Effect.void : service.write(pipeline, id, output, items)
    }))
})
