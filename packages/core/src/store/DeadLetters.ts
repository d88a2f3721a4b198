/**
 * The service behind records that were set aside.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { DeadLetter } from "./DeadLetter.ts"

/**
 * Dead letters could not be written or read.
 *
 * @category errors
 * @since 0.1.0
 */
export class DeadLettersError extends Data.TaggedError("DeadLettersError")<{
  readonly pipeline: string
  readonly operation: string
  readonly cause: unknown
  readonly isRetryable: boolean
}> {
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `The dead letters of pipeline ${JSON.stringify(this.pipeline)} failed at ${this.operation}: ${why}`
  }
}

/**
 * A letter without its payload.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary extends Omit<DeadLetter, "payload"> {
  /** What it is read and removed by; stays the same. */
  readonly id: string
}

/**
 * Where dead letters are kept, until somebody removes them.
 *
 * @category services
 * @since 0.1.0
 */
export class DeadLetters extends Context.Service<DeadLetters, {
  /**
   * Keeps the letters of a batch from one output, `source`, durably and all together. What was written before under the
   * same three names stays as it is, so that a repeat changes nothing, also after letters were removed.
   */
  readonly write: (
    pipeline: string,
    batch: number,
    source: string,
    letters: ReadonlyArray<DeadLetter>
  ) => Effect.Effect<void, DeadLettersError>
  /** Whether that was written. */
  readonly has: (pipeline: string, batch: number, source: string) => Effect.Effect<boolean, DeadLettersError>
  /** The newest last; at most so many of the newest, by default 10,000. */
  readonly list: (
    pipeline: string,
    options?: { readonly limit?: number | undefined }
  ) => Effect.Effect<ReadonlyArray<Summary>, DeadLettersError>
  readonly read: (pipeline: string, id: string) => Effect.Effect<Option.Option<DeadLetter>, DeadLettersError>
  /** Lets letters go; ids that there are none of are passed over. Gives how many there were. */
  readonly remove: (pipeline: string, ids: ReadonlyArray<string>) => Effect.Effect<number, DeadLettersError>
}>()("@millrace/core/store/DeadLetters") {}
