/** A small pipeline and what goes wrong around it, drawn from a seed. Plain data, so that a report can show it. */
import type { BatchSink, Receiver } from "@millrace/core"
import type { Chance } from "../../src/testing/simulation/Chance.ts"
import type { Fault } from "../../src/testing/simulation/SimSink.ts"

/** What flows. `note` is a secret: it may be in no log and in no error. */
export interface Event {
  readonly id: number
  readonly key: string
  readonly value: number
  readonly note: string
}

export interface SourceShape {
  readonly name: string
  readonly delivery: Receiver.Delivery
  readonly canReread: boolean
  readonly isJournaled: boolean
  readonly events: number
}

export type Operator = "map" | "filter" | "total" | "window" | "distinct"

export interface OutputShape {
  readonly name: string
  readonly operator: Operator
  readonly commitClass: BatchSink.CommitClass
  readonly remembers: boolean
}

/** Each is on or off for a whole seed, so that some seeds see a fault often and alone. */
export interface Faults {
  readonly kill: boolean
  readonly power: boolean
  readonly zombie: boolean
  readonly stop: boolean
  readonly clock: boolean
  readonly diskFails: boolean
  readonly diskFull: boolean
  readonly slow: boolean
  readonly sink: ReadonlyArray<Fault>
  readonly sinkUnwell: boolean
  readonly sourceUnwell: boolean
  readonly repeats: boolean
  readonly lostAcknowledgements: boolean
}

export interface Scenario {
  readonly sources: ReadonlyArray<SourceShape>
  readonly outputs: ReadonlyArray<OutputShape>
  readonly intervalMillis: number
  readonly windowIntervals: number
  readonly slideIntervals: number
  readonly bufferRecords: number
  readonly commitDepth: number
  readonly outbox: "auto" | "on"
  readonly outputConcurrency: number
  readonly snapshotAfterBytes: number
  readonly store: "files" | "memory"
  readonly segmentBytes: number
  readonly yieldChance: number
  readonly crashes: number
  readonly faults: Faults
}

const deliveries = ["Replayable", "Acknowledged", "Unreplayable"] as const
const commitClasses = ["Transactional", "IdempotentByBatch", "VersionedUpsert", "AtLeastOnce"] as const
const operators = ["map", "filter", "total", "window", "distinct"] as const
const sinkFaults = ["Refused", "Unwell", "Unanswered", "Lost", "Late", "Twice", "Rejected"] as const

export const scenarioOf = (chance: Chance): Scenario => {
  const total = chance.between(5, 24)
  const isPair = chance.is(0.25)
  const source = (name: string, events: number): SourceShape => {
    const delivery = chance.pick(deliveries)
    return { name, delivery, canReread: chance.is(0.6), isJournaled: chance.is(0.9), events }
  }
  const output = (name: string): OutputShape => ({
    name,
    operator: chance.pick(operators),
    commitClass: chance.pick(commitClasses),
    remembers: chance.is(0.5)
  })
  return {
    sources: isPair ? [source("a", total >> 1), source("b", total - (total >> 1))] : [source("a", total)],
    outputs: chance.is(0.35) ? [output("x"), output("y")] : [output("x")],
    intervalMillis: chance.pick([1000, 5000]),
    windowIntervals: chance.between(2, 4),
    slideIntervals: chance.between(1, 2),
    bufferRecords: chance.pick([2, 4, 1000]),
    commitDepth: chance.pick([1, 2, 4]),
    outbox: chance.is(0.3) ? "on" : "auto",
    outputConcurrency: chance.between(1, 2),
    snapshotAfterBytes: chance.pick([1, 600, 2000, 1_000_000]),
    store: chance.is(0.9) ? "files" : "memory",
    segmentBytes: chance.pick([300, 1000, 3000, 1_000_000]),
    yieldChance: chance.pick([0, 0.01, 0.05, 0.2]),
    crashes: chance.between(0, 5),
    faults: faultsOf(chance)
  }
}

const faultsOf = (chance: Chance): Faults => {
  const often = chance.pick([0.15, 0.3, 0.6])
  return {
    kill: chance.is(0.6),
    power: chance.is(0.5),
    zombie: chance.is(0.35),
    stop: chance.is(0.2),
    clock: chance.is(often),
    diskFails: chance.is(often),
    diskFull: chance.is(often / 2),
    slow: chance.is(0.5),
    sink: sinkFaults.filter(() => chance.is(often)),
    sinkUnwell: chance.is(often),
    sourceUnwell: chance.is(often),
    repeats: chance.is(0.5),
    lostAcknowledgements: chance.is(often)
  }
}

export const secret = "canary-7c1f"

/** The same for the same scenario: events are told by their id alone. */
export const eventsOf = (chance: Chance, { sources }: Scenario): ReadonlyArray<ReadonlyArray<Event>> => {
  let id = 0
  return sources.map(({ events }) =>
    Array.from({ length: events }, (): Event => ({
      id: ++id,
      key: chance.pick(["k1", "k2", "k3"]),
      value: chance.between(1, 9),
      note: secret
    })))
}
