/**
 * Why what operators remember could not be read or kept.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/** @since 0.1.0 */
export type Reason =
  /** Another process has it open. */
  | { readonly _tag: "StateInUse" }
  /** Another run has opened it since: this one may have no effect any more. */
  | { readonly _tag: "StateTakenOver" }
  | { readonly _tag: "FormatTooNew"; readonly found: number; readonly known: number }
  /** It was kept key by key and is asked for as a whole, or the other way round. */
  | { readonly _tag: "OtherForm"; readonly found: string; readonly wanted: string }
  /** The store has a batch that the checkpoint knows nothing of: the checkpoint is older, or another one. */
  | { readonly _tag: "StateAhead"; readonly applied: number; readonly prepared: number }
  /** The checkpoint needs what the store had after a batch, and the store has not got that far. */
  | { readonly _tag: "StateLost"; readonly applied: number; readonly needed: number }
  | { readonly _tag: "StoreFailed"; readonly operation: string; readonly cause: unknown }

/**
 * What goes wrong with a `StateStore`. The message says what, where and what to do; it never holds a record.
 *
 * @category errors
 * @since 0.1.0
 */
export class StateError extends Data.TaggedError("StateError")<{
  /** Absent, as `operator` is, where the whole store is meant. */
  readonly pipeline: string | undefined
  readonly operator: string | undefined
  /** The file, or what the store calls itself. */
  readonly path: string
  readonly reason: Reason
}> {
  /** Whether the same run may succeed when it is started again as it is. */
  get isRetryable(): boolean {
    return this.reason._tag === "StateInUse"
  }

  override get message(): string {
    const whose = this.operator === undefined
      ? "The state of operators"
      : `What operator ${JSON.stringify(this.operator)} of pipeline ${JSON.stringify(this.pipeline)} remembers`
    return `${whose} in ${this.path} ${describe(this.reason)}`
  }
}

const describe = (reason: Reason): string => {
  switch (reason._tag) {
    case "StateInUse":
      return "is in use by another process. Stop it, or give this one a file of its own"
    case "StateTakenOver":
      return "was opened by a later run, and this one ends here"
    case "FormatTooNew":
      return `has format ${reason.found}, and this version knows formats up to ${reason.known}. Use a newer version`
    case "OtherForm":
      return `was kept ${reason.found} and cannot be read ${reason.wanted}. Give the operator another name to begin anew`
    case "StateAhead":
      return `has batch ${reason.applied}, and the checkpoint ends with batch ${reason.prepared}. Restore the checkpoint ` +
        "that belongs to it, or move the state away to begin anew with the checkpoint"
    case "StateLost":
      return `ends with batch ${reason.applied}, and the checkpoint needs it as it was after batch ${reason.needed} or later. ` +
        "Provide the store that the pipeline ran with, or restore a copy of it"
    case "StoreFailed":
      return `failed at ${reason.operation}: ${reason.cause instanceof Error ? reason.cause.message : String(reason.cause)}`
  }
}
