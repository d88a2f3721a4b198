import * as Data from "effect/Data"

/**
 * A sink did not take a batch within the pipeline's `commitTimeout`. It is tried again.
 *
 * @category errors
 * @since 0.1.0
 */
export class CommitTimedOut extends Data.TaggedError("CommitTimedOut")<{
  readonly output: string
  readonly timeoutMillis: number
}> {
  readonly isRetryable = true

  override get message(): string {
    return `it did not take the batch within ${this.timeoutMillis} ms, the commitTimeout`
  }
}
