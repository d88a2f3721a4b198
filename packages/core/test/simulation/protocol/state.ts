/** The commit protocol as a state machine: one receiver whose source redelivers, one journal per epoch, one sink. */

/** A `Seal` ends the journal of an older epoch after so many entries of it; 0: there was none. */
export type JournalEntry =
  | readonly ["Seal", epoch: number, entries: number]
  | readonly ["Data", record: number]
  | readonly ["Prepared", batch: number, records: ReadonlyArray<number>]

export interface Journal {
  entries: Array<JournalEntry>
  /** How many of them are synced. */
  durable: number
}

export interface Owner {
  at: "claimed" | "read" | "fenced" | "sealing" | "running" | "dead"
  /** The newest batch that the sink is known to have. */
  committed: number
  /** How many entries of its log a check, after they were durable, let it act on. */
  checked: number
  /** What it read before it fenced the sink, in the variant that does. */
  sealed: readonly [epoch: number, entries: number] | undefined
}

/** A commit on its way to the sink. */
export type Request = readonly [epoch: number, batch: number, records: ReadonlyArray<number>]

export interface State {
  /** Records that the source has not been told are safe. */
  unacknowledged: Array<number>
  epoch: number
  /** By epoch; the first is at 1. */
  journals: Array<Journal>
  owners: Array<Owner>
  requests: Array<Request>
  sink: { fence: number; last: number; objects: Array<ReadonlyArray<number>>; rows: Array<number> }
  powerLosses: number
}

/** How the protocol is, or, one flag each, how it is wrong. */
export interface Variant {
  readonly sink: "transactional" | "idempotent" | "append"
  /** Checks the epoch before each commit too. */
  readonly commitAfterCheck?: boolean
  readonly commitBeforeDurable?: boolean
  readonly acknowledgeBeforeDurable?: boolean
  readonly acknowledgeWithoutCheck?: boolean
  readonly noFence?: boolean
  readonly readBeforeFence?: boolean
  readonly noSyncOfOldJournal?: boolean
  readonly actBeforeSealIsDurable?: boolean
  readonly noDedupe?: boolean
}

export interface Bounds {
  readonly records: number
  readonly owners: number
  readonly powerLosses: number
  /** Of the first owner; each later one may prepare one more. */
  readonly batches: number
}

export const initial = ({ records }: Bounds): State => ({
  unacknowledged: Array.from({ length: records }, (_, record) => record),
  epoch: 0,
  journals: [{ entries: [], durable: 0 }],
  owners: [{ at: "dead", committed: 0, checked: 0, sealed: undefined }],
  requests: [],
  sink: { fence: 0, last: 0, objects: [], rows: [] },
  powerLosses: 0
})

/** Entries and requests never change, so they are shared. */
export const copy = (state: State): State => ({
  unacknowledged: [...state.unacknowledged],
  epoch: state.epoch,
  journals: state.journals.map(({ durable, entries }) => ({ entries: [...entries], durable })),
  owners: state.owners.map((owner) => ({ ...owner })),
  requests: [...state.requests],
  sink: { ...state.sink, objects: [...state.sink.objects], rows: [...state.sink.rows] },
  powerLosses: state.powerLosses
})

/** Equal for states that go on alike. */
export const keyOf = (state: State): string => {
  for (const owner of state.owners) {
    if (owner.at !== "dead") continue
    owner.committed = 0
    owner.checked = 0
    owner.sealed = undefined
  }
  state.requests.sort((left, right) => left[0] - right[0] || left[1] - right[1])
  state.unacknowledged.sort()
  return JSON.stringify(state)
}

/** The log of an owner: what its journal goes back to, and its own entries after the seal. */
export const logOf = (state: State, epoch: number): ReadonlyArray<JournalEntry> => {
  const { entries } = state.journals[epoch]!
  return [...before(state, entries[0]), ...entries.slice(1)]
}

const before = (state: State, first: JournalEntry | undefined): ReadonlyArray<JournalEntry> => {
  if (first?.[0] !== "Seal" || first[1] === 0) return []
  const { entries } = state.journals[first[1]]!
  return [...before(state, entries[0]), ...entries.slice(1, first[2])]
}

/** How many entries of its log are durable: all but those of its own journal that are not. */
export const durableOf = (state: State, epoch: number): number => {
  const { durable, entries } = state.journals[epoch]!
  return logOf(state, epoch).length - (entries.length - durable)
}

/** What a reader finds that has claimed a later epoch: the newest journal that begins with a seal. */
export const found = (state: State, epoch: number) => {
  for (let each = epoch; each >= 1; each--) {
    const { entries } = state.journals[each]!
    if (entries[0]?.[0] === "Seal") return { log: logOf(state, each), epoch: each, entries: entries.length }
  }
  return { log: [], epoch: 0, entries: 0 }
}

export const recordsOf = (log: ReadonlyArray<JournalEntry>): ReadonlyArray<number> =>
  log.flatMap((entry) => entry[0] === "Data" ? [entry[1]] : [])

export const preparedOf = (log: ReadonlyArray<JournalEntry>) =>
  log.flatMap((entry, place) => entry[0] === "Prepared" ? [{ place, batch: entry[1], records: entry[2] }] : [])

/** The records of the log that no batch has; one that is there twice counts twice. */
export const fresh = (log: ReadonlyArray<JournalEntry>): ReadonlyArray<number> => {
  const taken = preparedOf(log).flatMap(({ records }) => records)
  return recordsOf(log).filter((record) => {
    const at = taken.indexOf(record)
    if (at >= 0) taken.splice(at, 1)
    return at < 0
  })
}

export const rowsOf = ({ sink }: State, variant: Variant): ReadonlyArray<number> =>
  variant.sink === "idempotent" ? sink.objects.flat() : sink.rows
