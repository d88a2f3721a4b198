import type { BatchRef } from "./PipelineError.ts"
import type { BatchInfo, Delays } from "./PipelineEvent.ts"

/** What a run counts of itself. */
export interface RunStatus {
  completedBatches: number
  failedBatches: number
  processedRecords: number
  lastBatch: { readonly batch: BatchInfo; readonly delays: Delays } | undefined
  /** The batch that is being processed. */
  current: BatchRef | undefined
}

export const make = (): RunStatus => ({
  completedBatches: 0,
  failedBatches: 0,
  processedRecords: 0,
  lastBatch: undefined,
  current: undefined
})
