/** How a command ends other than well. */
import * as Data from "effect/Data"

/** 0: done. 1: could not be done. 2: not a command. 3: done, and something is wrong with what was looked at. */
export type ExitCode = 0 | 1 | 2 | 3

/** A command that could not be done, or was not one. */
export class Failure extends Data.TaggedError("Failure")<{
  readonly code: ExitCode
  /** For programs that read the output. */
  readonly kind: string
  readonly message: string
}> {}

export const usage = (message: string): Failure => new Failure({ code: 2, kind: "Usage", message })

export const failed = (kind: string, message: string): Failure => new Failure({ code: 1, kind, message })

/** What a checkpoint error says of the checkpoint itself, rather than of the way to it. */
const isFinding = (tag: string): boolean =>
  ["JournalCorrupt", "JournalLost", "SnapshotCorrupt", "CheckpointIncompatible", "NondeterministicBatch"].includes(tag)

/** Any error as a failure: its tag, its message. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Failure) return error
  if (!(error instanceof Error)) return failed("Unknown", String(error))
  const reason = "reason" in error ? error.reason : undefined
  const tag = tagOf(reason) ?? tagOf(error) ?? "Unknown"
  return new Failure({ code: isFinding(tag) ? 3 : 1, kind: tag, message: error.message })
}

const tagOf = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "_tag" in value && typeof value._tag === "string" ? value._tag : undefined
