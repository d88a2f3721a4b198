/** What a run has told so far, as a value: the last batches, and the last thing that went wrong. */
import type { PipelineEvent } from "@millrace/core"
import { noWords, type Tally } from "./words.ts"

export interface Row {
  readonly id: number
  readonly time: number
  readonly lines: number
  readonly tally: Tally
  readonly schedulingDelay: number
  readonly processingDelay: number
  readonly totalDelay: number
  readonly missedBoundaries: number
}

export interface Report {
  readonly rows: ReadonlyArray<Row>
  readonly batches: number
  readonly lines: number
  readonly words: number
  /** How often the receiver could not be opened since it last was. */
  readonly failures: number
  readonly notice: string | undefined
}

/** More than any terminal has lines. */
const rowsMax = 200

export const empty: Report = { rows: [], batches: 0, lines: 0, words: 0, failures: 0, notice: undefined }

export const add = (self: Report, row: Row): Report => ({
  ...self,
  rows: [...self.rows, row].slice(-rowsMax),
  batches: self.batches + 1,
  lines: self.lines + row.lines,
  words: self.words + row.tally.words
})

export const rowOf = (event: Extract<PipelineEvent, { _tag: "BatchCompleted" }>, tally: Tally = noWords): Row => ({
  id: event.batch.id,
  time: event.batch.time,
  lines: event.batch.records,
  missedBoundaries: event.batch.missedBoundaries,
  tally,
  ...event.delays
})

/** What a person should hear about beside the batches. */
const noticeOf = (event: PipelineEvent, failures: number): string | undefined => {
  switch (event._tag) {
    case "ReceiverError":
      return `Failure ${failures}: ${event.error}`
    case "BufferFull":
      return `The socket is not read for now: ${event.records} lines wait for a batch`
    case "OutputFailed":
      return `Output ${event.output}, try ${event.attempt}: ${event.error}`
    default:
      return undefined
  }
}

/** Takes in an event that is no batch; what is new to say is in `notice`. */
export const hear = (self: Report, event: PipelineEvent): Report => {
  if (event._tag === "ReceiverStarted") return { ...self, failures: 0, notice: undefined }
  const failures = event._tag === "ReceiverError" ? self.failures + 1 : self.failures
  return { ...self, failures, notice: noticeOf(event, failures) ?? self.notice }
}
