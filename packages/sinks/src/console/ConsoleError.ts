import * as Data from "effect/Data"

/**
 * An item that cannot be written as JSON: the schema refused it, or without a schema it holds what JSON has no word for.
 * `item` counts from 0 within the batch; `cause` is what the encoder said, and may quote the item.
 *
 * @category errors
 * @since 0.1.0
 */
export class ConsoleError extends Data.TaggedError("ConsoleError")<{
  readonly batchId: number
  readonly item: number
  readonly cause: unknown
}> {
  readonly isRetryable = false

  override get message(): string {
    return `Item ${this.item} of batch ${this.batchId} cannot be written as JSON`
  }
}
