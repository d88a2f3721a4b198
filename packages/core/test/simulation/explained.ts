/** How a run may end that does not end well. */
import { PipelineError } from "@millrace/core"
import type { Faults } from "./scenario.ts"
import { Violation } from "./View.ts"

/** What is said of a checkpoint whose bits were turned over; none of it is answered by another start. */
const ofDamage: ReadonlySet<string> = new Set([
  "JournalCorrupt",
  "JournalLost",
  "SnapshotCorrupt",
  "FormatTooNew",
  "PipelineMismatch"
])

/** Whether the pipeline may be started again; throws a `Violation` where the faults do not explain the end. */
export const mayStartAgain = (error: unknown, faults: Faults, isDamaged: boolean): boolean => {
  if (!(error instanceof PipelineError)) throw new Violation("defect", String(error))
  const { reason } = error
  if (reason._tag === "InvalidPipeline" || reason._tag === "StepFailed") throw new Violation("defect", error.message)
  if (reason._tag !== "CheckpointFailed") return true
  const kind = reason.error.reason._tag
  if (isDamaged && (ofDamage.has(kind) || kind === "StoreFailed" && !reason.error.isRetryable)) return false
  // A run that tries again, and was taken over meanwhile, shuts nobody out.
  const isExplained = kind === "Fenced" || kind === "CheckpointInUse" || kind === "JournalFailed" || kind === "StoreFailed" ||
    kind === "InputGone" && faults.sourceUnwell ||
    // Every snapshot is looked for where one cannot be read.
    kind === "SnapshotCorrupt" && faults.diskFails
  if (!isExplained) throw new Violation("I12", error.message)
  return true
}
