/** A run cut short at every operation, instead of at some that chance picks. */
import { assert } from "@effect/vitest"
import type { BatchSink } from "@millrace/core"
import type { Scenario, SourceShape } from "./scenario.ts"
import { type Plan, report, simulate } from "./simulate.ts"

type Shape = Omit<SourceShape, "name" | "events">

export const sources: Readonly<Record<string, Shape>> = {
  "a log that can be read again by range": { delivery: "Replayable", canReread: true, isJournaled: false },
  "a log that cannot": { delivery: "Replayable", canReread: false, isJournaled: false },
  "a broker whose records go into the journal": { delivery: "Acknowledged", canReread: false, isJournaled: true },
  "a broker whose records do not": { delivery: "Acknowledged", canReread: false, isJournaled: false },
  "a source that forgets what it gave": { delivery: "Unreplayable", canReread: false, isJournaled: true },
  "a source that forgets, without a journal": { delivery: "Unreplayable", canReread: false, isJournaled: false }
}

export const sinks: ReadonlyArray<BatchSink.CommitClass> = [
  "Transactional",
  "IdempotentByBatch",
  "VersionedUpsert",
  "AtLeastOnce"
]

/** Small, so that its operations can be gone through; with state, snapshots and segments, so that they are all there. */
export const scenario = (source: Shape, commitClass: BatchSink.CommitClass, isPair = false): Scenario => ({
  sources: [{ name: "a", events: 6, ...source }],
  outputs: [
    { name: "x", operator: "total", commitClass, remembers: false },
    ...(isPair ? [{ name: "y", operator: "window", commitClass, remembers: false } as const] : [])
  ],
  intervalMillis: 1000,
  windowIntervals: 2,
  slideIntervals: 1,
  bufferRecords: 2,
  commitDepth: 2,
  outbox: "auto",
  outputConcurrency: 1,
  snapshotAfterBytes: 600,
  store: "files",
  segmentBytes: 1000,
  yieldChance: 0.02,
  crashes: 0,
  faults: {
    kill: false,
    power: false,
    zombie: false,
    stop: false,
    clock: false,
    diskFails: false,
    diskFull: false,
    slow: false,
    sink: [],
    sinkUnwell: false,
    sourceUnwell: false,
    repeats: false,
    lostAcknowledgements: false
  }
})

type Crashes = NonNullable<Plan["crashes"]>

const well = (seed: number, plan: Plan) => {
  const outcome = simulate(seed, plan)
  if (outcome.violation !== undefined) assert.fail(`${JSON.stringify(plan.crashes)}\n${report(outcome)}`)
  return outcome
}

/** How many operations a process does that is not cut short, after the crashes that came before it. */
export const operationsOf = (shape: Scenario, before: Crashes = []): number => {
  const { world } = well(1, { scenario: shape, crashes: before })
  const last = before.length + 1
  return world.trace.filter(([, process]) => process === last).length
}

/** Goes through the places, `step` apart; gives how many runs that were. */
export const crashEverywhere = (shape: Scenario, before: Crashes = [], step = 1): number => {
  const operations = operationsOf(shape, before)
  let runs = 0
  for (const by of ["kill", "power"] as const) {
    for (let after = 1; after <= operations; after += step) {
      const { starts } = well(after, { scenario: shape, crashes: [...before, { after, by }] })
      assert.isAtLeast(starts, 1)
      runs++
    }
  }
  return runs
}
