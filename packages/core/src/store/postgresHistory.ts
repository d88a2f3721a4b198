/** Reads what earlier epochs left of a pipeline in PostgreSQL, all as of one moment. */
import * as Effect from "effect/Effect"
import type { CheckpointError } from "./CheckpointError.ts"
import type { History, Placed } from "./CheckpointStore.ts"
import { failWith, type Subject } from "./diskReason.ts"
import { numberIn, type PostgresSession, type Row, type Send, textIn } from "./PostgresSession.ts"
import { newestEpoch } from "./postgresClaim.ts"
import { type FoundSnapshot, readShelved, type Shelved } from "./postgresSnapshots.ts"
import { format, type Tables } from "./postgresTables.ts"
import { decodeRecord, kindOf, snapshotTakenKind } from "./records.ts"

/** What was read, and what a new epoch has to know of it. */
export interface PostgresPast extends History {
  readonly epoch: number
  /** Place of the last record, 0 for none. */
  readonly last: number
  readonly used: Shelved | undefined
  readonly lengthSince: number
}

export const readPast = (
  session: PostgresSession,
  tables: Tables,
  subject: Subject
): Effect.Effect<PostgresPast, CheckpointError> =>
  session.transaction("reading the journal", "begin isolation level repeatable read read only", (send) =>
    Effect.gen(function*() {
      const { pipeline } = subject
      const epoch = yield* newestEpoch(send, tables, pipeline)
      yield* checkFormat(send, tables, subject)
      const warnings: Array<string> = []
      const taken = yield* takenIn(send, tables, pipeline)
      const inUse = yield* newestSnapshot(send, tables, pipeline, taken, warnings)
      const keepFrom = inUse?.found.shelved.keepFrom ?? 1
      const rows = yield* send(
        `select lsn, part, kind, content from ${tables.journal} where pipeline = $1 and lsn >= $2::bigint order by lsn, part`,
        [pipeline, `${keepFrom}`]
      )
      const { damagedAt, lengthSince, records } = decode(rows, keepFrom, inUse?.lsn ?? 0)
      if (inUse === undefined && taken.length > 0 && records[0]?.lsn !== 1) {
        return yield* failWith(subject, { _tag: "SnapshotCorrupt", references: taken.map(({ reference }) => reference) })
      }
      if (damagedAt !== undefined) {
        return yield* failWith(subject, { _tag: "JournalCorrupt", segment: tables.journal, offset: 0, lsn: damagedAt })
      }
      return {
        snapshot: inUse?.found.snapshot,
        records,
        warnings,
        epoch,
        last: records.at(-1)?.lsn ?? 0,
        used: inUse?.found.shelved,
        lengthSince
      }
    }))

/** A newer version may have been here since, and what it wrote is not for this one to read. */
const checkFormat = (send: Send, tables: Tables, subject: Subject): Effect.Effect<void, CheckpointError> =>
  Effect.flatMap(send(`select format from ${tables.epoch} where pipeline = $1`, [subject.pipeline]), ([row]) => {
    const found = row === undefined ? 0 : numberIn(row, "format")
    return found > format ? failWith(subject, { _tag: "FormatTooNew", found, known: format }) : Effect.void
  })

interface Taken {
  readonly lsn: number
  readonly reference: string
}

const takenIn = (send: Send, tables: Tables, pipeline: string): Effect.Effect<ReadonlyArray<Taken>, CheckpointError> =>
  Effect.map(
    send(
      `select lsn, content from ${tables.journal} where pipeline = $1 and kind = ${snapshotTakenKind} order by lsn desc`,
      [pipeline]
    ),
    (rows) =>
      rows.flatMap((row): ReadonlyArray<Taken> => {
        const record = decodeRecord(textIn(row, "content"))
        return record?._tag === "SnapshotTaken" ? [{ lsn: numberIn(row, "lsn"), reference: record.reference }] : []
      })
  )

/** The newest one that can be read; why newer ones cannot becomes a warning. */
const newestSnapshot = Effect.fnUntraced(function*(
  send: Send,
  tables: Tables,
  pipeline: string,
  taken: ReadonlyArray<Taken>,
  warnings: Array<string>
): Effect.fn.Return<{ readonly lsn: number; readonly found: FoundSnapshot } | undefined, CheckpointError> {
  for (const { lsn, reference } of taken) {
    const found = yield* readShelved(send, tables, pipeline, reference)
    if (typeof found !== "string") return { lsn, found }
    warnings.push(`Snapshot ${reference} is not used: ${found}`)
  }
  return undefined
})

interface Decoded {
  readonly records: ReadonlyArray<Placed>
  /** The first place with no record, or one that cannot be read. */
  readonly damagedAt: number | undefined
  readonly lengthSince: number
}

const decode = (rows: ReadonlyArray<Row>, keepFrom: number, since: number): Decoded => {
  const records: Array<Placed> = []
  let lengthSince = 0
  for (let index = 0; index < rows.length;) {
    const lsn = numberIn(rows[index], "lsn")
    const kind = numberIn(rows[index], "kind")
    let text = ""
    let part = 0
    for (; index < rows.length && numberIn(rows[index], "lsn") === lsn; index++, part++) {
      if (numberIn(rows[index], "part") !== part) return { records, damagedAt: lsn, lengthSince }
      text += textIn(rows[index], "content")
    }
    const record = decodeRecord(text)
    const expected = keepFrom + records.length
    if (lsn !== expected || record === undefined || kindOf(record) !== kind) {
      return { records, damagedAt: expected, lengthSince }
    }
    records.push({ lsn, record })
    if (lsn > since) lengthSince += text.length
  }
  // A snapshot is named by a record that it keeps.
  return { records, damagedAt: keepFrom > 1 && records.length === 0 ? keepFrom : undefined, lengthSince }
}
