/**
 * A whole checkpoint as one value: to be looked at, changed, carried elsewhere and written again.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type { Recovery } from "./decideRecovery.ts"
import type { History, Placed } from "./CheckpointStore.ts"
import type { Data, JournalRecord, Snapshot } from "./JournalRecord.ts"
import type { Manifest, OperatorEntry } from "./Manifest.ts"
import { readManifest } from "./readManifest.ts"

/**
 * What a checkpoint holds. Batches that every output is known to have are in the snapshot, the others behind it; also
 * those that end in the middle of a block.
 *
 * @category models
 * @since 0.1.0
 */
export interface Image {
  readonly manifest: Manifest
  readonly snapshot: Snapshot
  /** Received, and in none of the batches of the snapshot; in order. */
  readonly data: ReadonlyArray<Data>
  /** `Changed`, `Emitted`, `Prepared` and `Committed` of later batches; in order. */
  readonly batches: ReadonlyArray<JournalRecord>
}

/** Folds batches into the snapshot, up to the first that an output may be without. A snapshot knows no parts of blocks. */
export const imageOf = (pipeline: string, history: History, recovery: Recovery): Image => {
  const open = recovery.batches.findIndex(({ unconfirmed }) => unconfirmed.length > 0)
  const confirmed = open < 0 ? recovery.batches : recovery.batches.slice(0, open)
  const folded = recovery.batches.slice(0, wholeOf(confirmed))
  const rest = recovery.batches.slice(folded.length)
  const { snapshot } = history
  const positions = { ...snapshot?.positions }
  const consumed = { ...snapshot?.consumed }
  for (const { prepared } of folded) {
    for (const { dataUntil, receiver, until } of prepared.inputs) {
      if (until !== undefined) positions[receiver] = until
      if (dataUntil !== undefined) consumed[receiver] = dataUntil
    }
  }
  const last = folded.at(-1)?.prepared
  const manifest = manifestOf(pipeline, recovery)
  return {
    manifest,
    snapshot: {
      batch: last?.batch ?? snapshot?.batch ?? 0,
      time: last?.time ?? snapshot?.time ?? 0,
      manifest,
      positions,
      consumed,
      identities: Object.fromEntries(recovery.identities),
      states: [
        ...snapshot?.states ?? [],
        ...folded.flatMap(({ changes }) => changes.map(({ delta, operator }) => ({ operator, delta })))
      ]
    },
    data: placedData(history, consumed).map(({ data }) => data),
    batches: rest.flatMap(({ changes, emitted, prepared, unconfirmed }): ReadonlyArray<JournalRecord> => [
      ...changes,
      ...emitted,
      prepared,
      ...prepared.outputs.flatMap(({ output }): ReadonlyArray<JournalRecord> =>
        unconfirmed.includes(output) ? [] : [{ _tag: "Committed", batch: prepared.batch, output }]
      )
    ])
  }
}

/** How many of the batches there are up to the last that ends with a whole block of every receiver. */
const wholeOf = (batches: Recovery["batches"]): number => {
  const partly = new Set<string>()
  let whole = 0
  for (const [index, { prepared }] of batches.entries()) {
    for (const { dataUntil, receiver, skip, until } of prepared.inputs) {
      if (skip !== undefined && skip > 0) partly.add(receiver)
      else if (skip === 0 || until !== undefined || dataUntil !== undefined) partly.delete(receiver)
    }
    if (partly.size === 0) whole = index + 1
  }
  return whole
}

/** Place of the oldest received block that the snapshot of an image still needs; `Infinity` without one. */
export const oldestData = (history: History, { snapshot }: Image): number =>
  placedData(history, snapshot.consumed)[0]?.lsn ?? Infinity

const placedData = ({ records }: History, consumed: Readonly<Record<string, number>>) =>
  records.flatMap(({ lsn, record }: Placed) =>
    record._tag === "Data" && record.sequence > (consumed[record.receiver] ?? 0) ? [{ lsn, data: record }] : []
  )

/** The newest; of an operator whose data is older what was said of it then, so that the data is read as what it is. */
const manifestOf = (pipeline: string, { batches, eras, snapshot }: Recovery): Manifest => {
  const manifests = eras.map(readManifest)
  const newest = manifests.at(-1) ?? readManifest(undefined)
  const oldest = new Map<string, number>()
  for (const { operator } of snapshot?.states ?? []) oldest.set(operator, 0)
  for (const { changes, era } of batches) {
    for (const { operator } of changes) if (!oldest.has(operator)) oldest.set(operator, era)
  }
  const said = (name: string): OperatorEntry | undefined =>
    manifests[oldest.get(name) ?? manifests.length - 1]?.operators.find((entry) => entry.name === name)
  const names = new Set([...newest.operators.map(({ name }) => name), ...oldest.keys()])
  return {
    ...newest,
    pipeline,
    operators: [...names].flatMap((name) => said(name) ?? newest.operators.find((entry) => entry.name === name) ?? [])
  }
}

/** Names of the operators that are in an image. */
export const operatorsOf = ({ batches, manifest, snapshot }: Image): ReadonlyArray<string> => [
  ...new Set([
    ...manifest.operators.map(({ name }) => name),
    ...snapshot.states.map(({ operator }) => operator),
    ...batches.flatMap((record) => record._tag === "Changed" ? [record.operator] : [])
  ])
]

/** With every operator under the name that is given for it, and without those that there is none for. */
export const renamed = (image: Image, nameOf: (operator: string) => string | undefined): Image => {
  const manifest: Manifest = {
    ...image.manifest,
    operators: image.manifest.operators.flatMap((entry) => {
      const name = nameOf(entry.name)
      return name === undefined ? [] : [{ ...entry, name }]
    })
  }
  const states = image.snapshot.states.flatMap(({ delta, operator }) => {
    const name = nameOf(operator)
    return name === undefined ? [] : [{ operator: name, delta }]
  })
  const left = new Map<number, number>()
  const batches = image.batches.flatMap((record): ReadonlyArray<JournalRecord> => {
    if (record._tag === "Prepared") return [{ ...record, changed: left.get(record.batch) ?? 0 }]
    if (record._tag !== "Changed") return [record]
    const operator = nameOf(record.operator)
    if (operator === undefined) return []
    left.set(record.batch, (left.get(record.batch) ?? 0) + 1)
    return [{ ...record, operator }]
  })
  return { ...image, manifest, snapshot: { ...image.snapshot, manifest, states }, batches }
}
