/** What a refusal of the disk means for a checkpoint. */
import * as Effect from "effect/Effect"
import { CheckpointError, type Reason } from "./CheckpointError.ts"
import { DiskError } from "./Disk.ts"

/** Which checkpoint it is about. */
export interface Subject {
  readonly pipeline: string
  readonly path: string
}

export const failWith = (subject: Subject, reason: Reason): Effect.Effect<never, CheckpointError> =>
  Effect.fail(new CheckpointError({ ...subject, reason }))

export const storeFailed = (operation: string, cause: DiskError): Reason => ({
  _tag: "StoreFailed",
  operation,
  cause,
  retryable: cause.reason === "Full" || cause.reason === "Failed"
})

/** Turns what the disk says into `StoreFailed`, and leaves errors of checkpoints as they are. */
export const onDisk = (subject: Subject, operation: string) =>
<A, R>(effect: Effect.Effect<A, CheckpointError | DiskError, R>): Effect.Effect<A, CheckpointError, R> =>
  Effect.mapError(
    effect,
    (error) =>
      error instanceof DiskError
        ? new CheckpointError({ ...subject, reason: storeFailed(operation, error) })
        : error
  )
