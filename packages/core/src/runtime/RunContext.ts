/** Everything one run holds while it runs. */
import type * as Clock from "effect/Clock"
import type * as Fiber from "effect/Fiber"
import type { Output } from "../dstream/Node.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Boundaries } from "./Boundaries.ts"
import type { Inbox } from "./Inbox.ts"
import type { Intake } from "./Intake.ts"
import type { Kept } from "./Kept.ts"
import type { Observer } from "./Observer.ts"
import type { PipelineError } from "./PipelineError.ts"
import type { RunStatus } from "./RunStatus.ts"

export interface Run {
  readonly plan: Plan
  /** What the plan was compiled of. */
  readonly outputs: ReadonlyArray<Output<unknown, unknown>>
  readonly kept: Kept
  readonly clock: Clock.Clock
  readonly boundaries: Boundaries
  readonly inbox: Inbox
  readonly intakes: ReadonlyArray<Intake>
  readonly observer: Observer
  readonly status: RunStatus
  /** How many batches were asked for. */
  readonly batches: number
  /** Id of the last batch that shall be cut; known once the first of the run is. */
  lastBatch: number | undefined
  /** Whether this process had the run before, whose journal failed: no record ended that one. */
  readonly isAgain: boolean
  /** Whether an epoch was claimed in this process, for this run or the one that it follows. */
  hasClaimed: boolean
  /** One fiber per receiver. */
  readonly receivers: Array<Fiber.Fiber<void, PipelineError<unknown>>>
  /** A stop was asked for. */
  stopping: boolean
  /** Somebody was given the failure the run ended with. */
  seen: boolean
  /** What the run fails with once it has drained: a receiver that failed for good, or a drain that took too long. */
  failure: PipelineError<unknown> | undefined
  warnedFull: boolean
  /** Where the checkpoint waits for room on its disk, if it does. */
  fullDisk: () => string | undefined
  /** The fiber that waits for the next boundary, while one does. */
  sleeper: Fiber.Fiber<void> | undefined
}
