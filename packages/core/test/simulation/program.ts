/** The pipeline of a scenario, between sources and sinks that outlive its processes. */
import { type BatchSink, DStream, Pipeline, StateStore } from "@millrace/core"
import { Effect, Schema } from "effect"
import type { Simulation } from "../../src/testing/simulation/Simulation.ts"
import { SimSink } from "../../src/testing/simulation/SimSink.ts"
import { SimSource } from "../../src/testing/simulation/SimSource.ts"
import type { Row } from "./reference.ts"
import { totals } from "./totals.ts"
import type { Event, OutputShape, Scenario } from "./scenario.ts"

export interface Program {
  readonly sources: ReadonlyArray<SimSource<Event>>
  readonly sinks: ReadonlyArray<SimSink<Row>>
  /** As a version of the program defines it. */
  readonly pipeline: (version: number) => Pipeline.Pipeline<unknown, StateStore>
}

/** An event that ends the process which looks at it. */
export interface Poison {
  readonly id: number
  readonly strike: () => void
}

const Recorded = Schema.Struct({ id: Schema.Int, key: Schema.String, value: Schema.Int, note: Schema.String })

export const pipelineName = "simulated"

export const programOf = (
  world: Simulation,
  scenario: Scenario,
  events: ReadonlyArray<ReadonlyArray<Event>>,
  poison?: Poison
): Program => {
  const sources = scenario.sources.map(({ canReread, delivery, isJournaled, name }, index) =>
    new SimSource<Event>(world, {
      name,
      records: events[index] ?? [],
      record: Recorded,
      delivery,
      canReread,
      isJournaled,
      identify: (event) => event.id
    })
  )
  const sinks = scenario.outputs.map(({ commitClass, remembers }) =>
    new SimSink<Row>(world, {
      commitClass,
      keyOf: ([key]) => key,
      remembers: commitClass === "Transactional" || remembers && commitClass !== "AtLeastOnce"
    })
  )
  const received = DStream.unionAll(sources.map(({ receiver }) => DStream.fromReceiver(receiver)))
  const input = poison === undefined ? received : DStream.map(received, (event) => {
    if (event.id === poison.id) poison.strike()
    return event
  })
  const outputsOf = (version: number) =>
    scenario.outputs.map((shape, index): DStream.Output<unknown, StateStore> =>
      DStream.to(applied(input, shape, scenario, version), shape.name, sinks[index]!.sink as BatchSink.BatchSink<Row>)
    )
  const pipeline = (version: number) =>
    Pipeline.make(pipelineName, {
      batchInterval: scenario.intervalMillis,
      buffer: { records: scenario.bufferRecords },
      commitDepth: scenario.commitDepth,
      // Each second that a sink does not answer makes another window due: with a long time to wait no seed would end.
      commitTimeout: "2 seconds",
      outbox: scenario.outbox,
      outputConcurrency: scenario.outputConcurrency,
      snapshotAfterBytes: scenario.snapshotAfterBytes,
      takeover: true,
      outputs: outputsOf(version)
    })
  return { sources, sinks, pipeline }
}

const applied = (
  input: DStream.DStream<Event, unknown>,
  { name, operator }: OutputShape,
  { intervalMillis, slideIntervals, windowIntervals }: Scenario,
  version: number
): DStream.DStream<Row, unknown, StateStore> => {
  const values = DStream.map(input, ({ key, value }): Row => [key, value])
  switch (operator) {
    case "map":
      return DStream.map(input, ({ id, key }): Row => [key, id])
    case "filter":
      return DStream.map(DStream.filter(input, ({ value }) => value % 3 !== 0), ({ id, key }): Row => [key, id])
    case "total":
      return totals(values, name, version)
    case "distinct":
      return DStream.map(
        DStream.distinct(DStream.map(values, ([key, value]) => `${key} ${value}`), { name: `distinct ${name}` }),
        (text): Row => [text, 1]
      )
    case "window":
      return DStream.reduceByKeyAndWindow(values, {
        name: `window ${name}`,
        windowDuration: windowIntervals * intervalMillis,
        slideDuration: slideIntervals * intervalMillis,
        reduce: (left, right) => left + right,
        value: Schema.Number
      })
  }
}

/** A pipeline with state asks for it; with a checkpoint the state is there. */
export const noStateStore = StateStore.of({
  keeps: "runs",
  open: () => Effect.die(new Error("state was asked of the StateStore"))
})
