/** Whether, after all is over, every output holds what it must hold. */
import type { SimSink } from "../../src/testing/simulation/SimSink.ts"
import type { SimSource } from "../../src/testing/simulation/SimSource.ts"
import { type Composed, expectedOf, type Row } from "./reference.ts"
import type { Event, OutputShape, Scenario } from "./scenario.ts"
import { Violation } from "./View.ts"

export interface Ended {
  readonly scenario: Scenario
  readonly batches: ReadonlyArray<Composed>
  readonly sources: ReadonlyArray<SimSource<Event>>
  readonly sinks: ReadonlyArray<SimSink<Row>>
  /** Whether a process ended before its time: only then may a source that cannot be read again have lost something. */
  readonly crashed: boolean
  /** Ids of the events that were set aside, each as often as it was, with the batch that it was taken from. */
  readonly buried: ReadonlyArray<{ readonly id: number; readonly batch: number }>
}

/** Throws a `Violation`. */
export const checkEnd = (ended: Ended): void => {
  const { batches, scenario, sinks, sources } = ended
  batches.forEach(({ id, time }, index) => {
    if (id !== index + 1) throw new Violation("I10", `batch ${index + 1} is missing; there is ${id}`)
    const before = batches[index - 1]?.time ?? 0
    if (time <= before) throw new Violation("I10", `batch ${id} at ${time} comes after one at ${before}`)
  })
  // Of a receiver that is not journalled nobody can say what a batch took.
  if (scenario.sources.some((shape) => shape.delivery !== "Replayable" && !shape.isJournaled)) return
  for (const source of sources) checkInput(source, ended)
  checkBuried(ended)
  scenario.outputs.forEach((shape, index) => checkOutput(shape, sinks[index]!, ended))
}

const checkInput = ({ options: { delivery, name, records } }: SimSource<Event>, { batches, crashed }: Ended): void => {
  const ids = new Set(records.map(({ id }) => id))
  const taken = batches.flatMap(({ events }) => events.filter(({ id }) => ids.has(id)).map(({ id }) => id))
  const twice = taken.filter((id, index) => taken.indexOf(id) !== index)
  if (twice.length > 0) throw new Violation("I1", `events ${twice.join()} of ${name} are in two batches`)
  const missing = [...ids].filter((id) => !taken.includes(id))
  if (missing.length > 0 && (delivery !== "Unreplayable" || !crashed)) {
    throw new Violation("I1", `events ${missing.join()} of ${name} are in no batch`)
  }
}

/** What was set aside was taken, and is there once. */
const checkBuried = ({ batches, buried }: Ended): void => {
  const seen = new Set<number>()
  for (const { batch, id } of buried) {
    if (seen.has(id)) throw new Violation("I19", `event ${id} was set aside twice`)
    seen.add(id)
    const taken = batches.find((each) => each.id === batch)?.events.some((event) => event.id === id)
    if (taken !== true) throw new Violation("I19", `event ${id} was set aside in batch ${batch}, which did not take it`)
  }
}

/** Batches as outputs must have seen them. */
const withoutBuried = ({ batches, buried }: Ended): ReadonlyArray<Composed> => {
  if (buried.length === 0) return batches
  const gone = new Set(buried.map(({ id }) => id))
  return batches.map((batch) => ({ ...batch, events: batch.events.filter(({ id }) => !gone.has(id)) }))
}

const checkOutput = (shape: OutputShape, sink: SimSink<Row>, ended: Ended): void => {
  const { scenario } = ended
  const batches = withoutBuried(ended)
  const expected = expectedOf(scenario, shape, batches)
  const fail = (what: string): never => {
    throw new Violation("I1", `output ${shape.name} (${shape.operator}, ${shape.commitClass}) ${what}`)
  }
  if (shape.commitClass === "VersionedUpsert") {
    const rows = new Map<unknown, number>()
    for (const { id } of batches) for (const [key, value] of expected.get(id) ?? []) rows.set(key, value)
    const held = [...sink.rows].map(([key, { item }]) => [key, item[1]] as const)
    if (textOf(held) !== textOf([...rows])) fail(`holds ${textOf(held)} and not ${textOf([...rows])}`)
    return
  }
  let last = 0
  const seen = new Set<number>()
  for (const { id, items } of sink.batches) {
    if (shape.commitClass === "Transactional" && id <= last) throw new Violation("I4", `batch ${id} came to ${shape.name} after ${last}`)
    last = id
    seen.add(id)
    const rows = expected.get(id)
    if (rows === undefined) return fail(`has batch ${id}, of which it is to say nothing`)
    if (textOf(items) !== textOf(rows)) fail(`has ${textOf(items)} for batch ${id} and not ${textOf(rows)}`)
  }
  for (const [id, rows] of expected) if (rows.length > 0 && !seen.has(id)) fail(`does not have batch ${id}`)
}

/** Without regard to order, which is the operators' own matter. */
const textOf = (rows: ReadonlyArray<unknown>): string => rows.map((row) => JSON.stringify(row)).sort().join(" ")
