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

type Place = Crashes[number]

/** What changes nothing: a crash after it is the same as one before it. */
const isLook = (what: string): boolean => /^disk (read|list|exists|isAlive) /.test(what)

const isOperation = (what: string): boolean => /^(disk|sink|source) /.test(what)

/** What the process after those crashes does until it ends well, and how much of that it does before it receives. */
const operationsOf = (shape: Scenario, before: Crashes) => {
  const { world } = well(1, { scenario: shape, crashes: before })
  const all = world.trace.flatMap(([, process, what]) => process === before.length + 1 ? [what] : [])
  const received = all.findIndex((what) => what.startsWith("source ") && what.endsWith(" open"))
  const operations = all.filter(isOperation)
  return { operations, recovery: all.slice(0, received < 0 ? all.length : received).filter(isOperation).length }
}

/** In the middle of what a process does, by its part of the whole. */
export const crashAt = (shape: Scenario, part: number, by: Place["by"]): Place =>
  ({ after: Math.floor(operationsOf(shape, []).operations.length * part), by })

const crashAtAll = (shape: Scenario, before: Crashes, places: Iterable<number>): number => {
  let runs = 0
  for (const by of ["kill", "power"] as const) {
    for (const after of places) {
      const { starts } = well(after, { scenario: shape, crashes: [...before, { after, by }] })
      assert.isAtLeast(starts, 1)
      runs++
    }
  }
  return runs
}

/** Goes through all places; gives how many runs that were. */
export const crashEverywhere = (shape: Scenario): number =>
  crashAtAll(shape, [], operationsOf(shape, []).operations.map((_, index) => index + 1))

/** Goes through every place of the recovery at which something may have changed, `step` apart. */
export const crashInRecovery = (shape: Scenario, before: Crashes, step = 1): number => {
  const { operations, recovery } = operationsOf(shape, before)
  const places = operations.slice(0, recovery).flatMap((what, index) => isLook(what) ? [] : [index + 1])
  return crashAtAll(shape, before, places.filter((_, index) => index % step === 0))
}

/** Goes through the places after the recovery, `step` apart. */
export const crashAfterRecovery = (shape: Scenario, before: Crashes, step: number): number => {
  const { operations, recovery } = operationsOf(shape, before)
  return crashAtAll(shape, before, Array.from(operations.keys()).filter((index) => index >= recovery && index % step === 0))
}
