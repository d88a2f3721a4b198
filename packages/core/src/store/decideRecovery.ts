/** What is to be done to go on, decided of what was read alone. */
import * as Result from "effect/Result"
import type { Reason } from "./CheckpointError.ts"
import type { History } from "./CheckpointStore.ts"
import type { Attempt, Data, Snapshot } from "./JournalRecord.ts"
import { type PlacedData, type PreparedRecords, RecordWalk } from "./RecordWalk.ts"

/** All that recovery depends on. */
export interface Facts {
  readonly history: History
  /** The outputs of the pipeline as it is now, with the newest batch that their sinks know to be complete. */
  readonly outputs: ReadonlyArray<{ readonly name: string; readonly lastCommitted: number | undefined }>
}

/** A batch that was prepared after the snapshot. */
export interface PreparedBatch extends PreparedRecords {
  /** Of receivers whose blocks are in the journal: those that the batch took. */
  readonly data: ReadonlyArray<Data>
  /** Names of outputs that do not have the batch, or are not known to. */
  readonly missing: ReadonlyArray<string>
  /** Whether an output is known to have it. */
  readonly isSeen: boolean
  /** Names of the outputs that it emitted to, of which the journal does not say that they have it. */
  readonly unconfirmed: ReadonlyArray<string>
}

/** What to do, in this order: restore the snapshot; each batch; take in `pending`; go on with `nextBatch`. */
export interface Recovery {
  readonly snapshot: Snapshot | undefined
  readonly batches: ReadonlyArray<PreparedBatch>
  readonly nextBatch: number
  /** Time of the last batch; 0 before the first. */
  readonly lastTime: number
  /** By receiver, as JSON: where reading goes on. */
  readonly positions: ReadonlyMap<string, unknown>
  /** Received and durable, and in no batch yet; in order. */
  readonly pending: ReadonlyArray<PlacedData>
  /** By receiver: the last sequence that was given to a block. */
  readonly sequences: ReadonlyMap<string, number>
  /** By receiver: the last sequence that a batch took. */
  readonly consumed: ReadonlyMap<string, number>
  /** By receiver: identities of chunks, oldest first. */
  readonly identities: ReadonlyMap<string, ReadonlyArray<unknown>>
  /** By receiver: how many records behind its position are taken. Only where there are some. */
  readonly skips: ReadonlyMap<string, number>
  /** How many starts in a row ended without a batch of records that was prepared, and without a word. */
  readonly dirtyStarts: number
  /** Manifests: the first is the snapshot's, the others those of the epochs that follow. Data is of the one in force. */
  readonly eras: ReadonlyArray<unknown>
  /** The last try of the next batch, which ended the process, if there was one. */
  readonly attempted: Attempt | undefined
}

/**
 * Pure: the same facts, the same decision, however often recovery was interrupted. A batch counts once its `Prepared`
 * was read, whole; `Changed` and `Emitted` without theirs are dropped. A batch prepared again in a later epoch takes the
 * place of the first and of all that came after it.
 */
export const decideRecovery = ({ history, outputs }: Facts): Result.Result<Recovery, Reason> => {
  const { snapshot } = history
  const read = new RecordWalk(history.records, snapshot)
  const last = read.batches.at(-1)?.prepared
  const prepared = last?.batch ?? snapshot?.batch ?? 0
  for (const { lastCommitted, name } of outputs) {
    if (lastCommitted !== undefined && lastCommitted > prepared) {
      return Result.fail({ _tag: "JournalLost", output: name, committed: lastCommitted, prepared })
    }
  }
  const ends = endsOf(snapshot, read.batches)
  const take = taker(read.data)
  const batches = read.batches.map((entry): PreparedBatch => {
    const { batch, inputs } = entry.prepared
    const missing = outputs.filter(({ lastCommitted, name }) =>
      !(lastCommitted !== undefined && lastCommitted >= batch) && !read.isCommitted(batch, name)
    ).map(({ name }) => name)
    return {
      ...entry,
      data: inputs.flatMap(({ dataAfter, dataUntil, receiver }) =>
        dataUntil === undefined ? [] : take(receiver, dataAfter ?? 0, dataUntil)
      ),
      missing,
      isSeen: missing.length < outputs.length,
      unconfirmed: entry.prepared.outputs.flatMap(({ output }) => read.isCommitted(batch, output) ? [] : [output])
    }
  })
  return Result.succeed({
    snapshot,
    batches,
    nextBatch: prepared + 1,
    lastTime: last?.time ?? snapshot?.time ?? 0,
    ...ends,
    ...knownOf(snapshot, read.data),
    pending: read.data.filter(({ data }) => data.sequence > (ends.consumed.get(data.receiver) ?? 0)),
    dirtyStarts: read.dirtyStarts,
    eras: [snapshot?.manifest, ...read.manifests],
    attempted: read.attempted
  })
}

/** How far the batches took each receiver. */
const endsOf = (snapshot: Snapshot | undefined, batches: ReadonlyArray<PreparedRecords>) => {
  const positions = new Map(Object.entries(snapshot?.positions ?? {}))
  const consumed = new Map(Object.entries(snapshot?.consumed ?? {}))
  const skips = new Map<string, number>()
  for (const { prepared } of batches) {
    for (const { dataUntil, receiver, skip, until } of prepared.inputs) {
      // A range that ends with a block ends what was skipped of it.
      if (skip !== undefined && skip > 0) skips.set(receiver, skip)
      else if (skip === 0 || until !== undefined || dataUntil !== undefined) skips.delete(receiver)
      if (until !== undefined) positions.set(receiver, until)
      if (dataUntil !== undefined) consumed.set(receiver, dataUntil)
    }
  }
  return { positions, consumed, skips }
}

/** What was given to blocks before: their numbers, and their identities. */
const knownOf = (snapshot: Snapshot | undefined, all: ReadonlyArray<PlacedData>) => {
  const before = new Map(Object.entries(snapshot?.consumed ?? {}))
  const sequences = new Map(before)
  const identities = new Map(Object.entries(snapshot?.identities ?? {}).map(([name, known]) => [name, [...known]]))
  for (const { data } of all) {
    sequences.set(data.receiver, Math.max(sequences.get(data.receiver) ?? 0, data.sequence))
    if (data.identities === undefined || data.sequence <= (before.get(data.receiver) ?? 0)) continue
    const list = identities.get(data.receiver) ?? []
    for (const identity of data.identities) list.push(identity)
    identities.set(data.receiver, list)
  }
  return { sequences, identities }
}

/** Takes ranges out of the blocks of each receiver; both come in order, so the whole is one walk. */
const taker = (all: ReadonlyArray<PlacedData>) => {
  const lists = new Map<string, { readonly data: Array<Data>; next: number }>()
  for (const { data } of all) {
    const list = lists.get(data.receiver)
    if (list === undefined) lists.set(data.receiver, { data: [data], next: 0 })
    else list.data.push(data)
  }
  return (receiver: string, after: number, until: number): ReadonlyArray<Data> => {
    const list = lists.get(receiver)
    if (list === undefined) return []
    while (list.next < list.data.length && list.data[list.next]!.sequence <= after) list.next++
    const from = list.next
    while (list.next < list.data.length && list.data[list.next]!.sequence <= until) list.next++
    return list.data.slice(from, list.next)
  }
}
