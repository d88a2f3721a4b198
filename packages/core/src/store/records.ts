/** Journal records as JSON text and back, with a number for each kind. */
import { hasProperty } from "effect/Predicate"
import type { JournalRecord, Snapshot } from "./JournalRecord.ts"

type Tag = JournalRecord["_tag"]

/** The numbers are in files: a kind keeps its number for ever, a new one gets the next. */
const kinds: Readonly<Record<Tag, number>> = {
  Seal: 1,
  Data: 2,
  Changed: 3,
  Emitted: 4,
  Prepared: 5,
  Committed: 6,
  Attempt: 7,
  SnapshotTaken: 8,
  Released: 9,
  Failed: 10
}

export const kindOf = (record: JournalRecord): number => kinds[record._tag]

export const isKind = (kind: number): boolean => kind >= 1 && kind <= 10

export const sealKind = kinds.Seal

export const snapshotTakenKind = kinds.SnapshotTaken

export const encodeRecord = (record: JournalRecord): string => JSON.stringify(record)

/** What is not the JSON of a record gives nothing. */
export const decodeRecord = (text: string): JournalRecord | undefined => {
  const value = parse(text)
  return isRecord(value) ? value : undefined
}

/** JSON that may be damaged: nothing instead of an exception. */
export const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Test = (value: unknown) => boolean

const isText: Test = (value) => typeof value === "string"

/** Counts, batches and places: whole, not negative, exact. */
export const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

const isTime: Test = (value) => typeof value === "number" && Number.isSafeInteger(value)

const isArray: Test = (value) => Array.isArray(value)

export const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const maybe = (test: Test): Test => (value) => value === undefined || test(value)

const arrayOf = (test: Test): Test => (value) => Array.isArray(value) && value.every(test)

const fields = (shape: Readonly<Record<string, Test>>): Test => {
  const tests = Object.entries(shape)
  return (value) => isObject(value) && tests.every(([name, test]) => test(field(value, name)))
}

/** Only what the value has itself: a name like `constructor` finds nothing that JSON did not say. */
export const field = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) && hasProperty(value, name) ? value[name] : undefined

const inputRange = fields({
  receiver: isText,
  records: isCount,
  bytes: isCount,
  dataAfter: maybe(isCount),
  dataUntil: maybe(isCount),
  skip: maybe(isCount)
})

const outputDigest = fields({ output: isText, records: isCount, digest: isText })

const shapes: Readonly<Record<Tag, Test>> = {
  Seal: fields({ epoch: isCount }),
  Data: fields({
    receiver: isText,
    sequence: isCount,
    chunks: isArray,
    records: isCount,
    bytes: isCount,
    identities: maybe(isArray)
  }),
  Changed: fields({ batch: isCount, operator: isText }),
  Emitted: fields({ batch: isCount, output: isText, items: isArray }),
  Prepared: fields({
    batch: isCount,
    time: isTime,
    missedBoundaries: isCount,
    inputs: arrayOf(inputRange),
    changed: isCount,
    emitted: isCount,
    outputs: arrayOf(outputDigest)
  }),
  Committed: fields({ batch: isCount, output: maybe(isText) }),
  Attempt: fields({ batch: isCount, maxRecords: isCount, receiver: maybe(isText) }),
  SnapshotTaken: fields({ batch: isCount, reference: isText }),
  Released: fields({ batch: isCount }),
  Failed: fields({ batch: isCount })
}

const isTag = (value: unknown): value is Tag => typeof value === "string" && Object.hasOwn(shapes, value)

const isRecord = (value: unknown): value is JournalRecord => {
  const tag = field(value, "_tag")
  return isTag(tag) && shapes[tag](value)
}

/** The part of a snapshot that is not the state of an operator. */
export type SnapshotHead = Omit<Snapshot, "states">

const valuesAre = (test: Test): Test => (value) => isObject(value) && Object.values(value).every(test)

const headShape = fields({
  batch: isCount,
  time: isTime,
  positions: isObject,
  consumed: valuesAre(isCount),
  identities: valuesAre(isArray),
  suspicion: maybe(fields({ dirtyStarts: isCount, attempted: maybe(shapes.Attempt) }))
})

export const isSnapshotHead = (value: unknown): value is SnapshotHead => headShape(value)

const stateShape = fields({ operator: isText })

export const isState = (value: unknown): value is Snapshot["states"][number] => stateShape(value)
