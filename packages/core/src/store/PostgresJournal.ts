/** The journal of one epoch in PostgreSQL: what is added waits in memory until a sync takes all of it along. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { CheckpointError } from "./CheckpointError.ts"
import type { Journal } from "./CheckpointStore.ts"
import { failWith, type Subject } from "./diskReason.ts"
import type { JournalRecord, Snapshot } from "./JournalRecord.ts"
import { inPieces } from "./pieces.ts"
import { fencedBy, newestEpoch } from "./postgresClaim.ts"
import type { PostgresPast } from "./postgresHistory.ts"
import { numberIn, type PostgresSession } from "./PostgresSession.ts"
import { removal, type Shelved, writing } from "./postgresSnapshots.ts"
import { fence, type Tables } from "./postgresTables.ts"
import { encodeRecord, kindOf } from "./records.ts"

/** What a journal is made of. */
export interface PostgresSetting {
  readonly tables: Tables
  readonly subject: Subject
  readonly epoch: number
  /** Of the claim: where it is lost, the journal is. */
  readonly session: PostgresSession
  /** Another one, so that batches do not wait behind a snapshot. */
  readonly another: Effect.Effect<PostgresSession, CheckpointError, Scope.Scope>
  readonly giveBack: Effect.Effect<void, CheckpointError>
}

interface Entry {
  readonly lsn: number
  readonly kind: number
  readonly text: string
}

/** As much goes into one statement; a record that is larger goes alone. */
const groupLength = 4 * 1024 * 1024

const appending = "writing the journal"

export class PostgresJournal implements Journal {
  private readonly gate = Semaphore.makeUnsafe(1)
  private queue: Array<Entry> = []
  private last: number
  private durable: number
  private since: number
  private shelved: Shelved | undefined
  private failed: CheckpointError | undefined

  private readonly setting: PostgresSetting

  constructor(setting: PostgresSetting, past: PostgresPast) {
    this.setting = setting
    this.last = past.last
    this.durable = past.last
    this.since = past.lengthSince
    this.shelved = past.used
  }

  readonly append = (records: ReadonlyArray<JournalRecord>): number => {
    for (const record of records) {
      const text = encodeRecord(record)
      this.queue.push({ lsn: ++this.last, kind: kindOf(record), text })
      this.since += text.length
    }
    return this.last
  }

  /** Who comes first writes for all that wait: when the gate opens for them, what they added is durable. */
  readonly sync: Effect.Effect<void, CheckpointError> = Effect.suspend(() => this.reach(this.last))

  private reach(target: number): Effect.Effect<void, CheckpointError> {
    const isThere = () => this.durable >= target && this.failed === undefined
    if (isThere()) return Effect.void
    return this.gate.withPermit(Effect.suspend(() => isThere() ? Effect.void : Effect.uninterruptible(this.flush(target))))
  }

  /**
   * A statement that failed may have been carried out: nothing is written after it, and the next epoch reads what there
   * is. Places are a key of the table, so no record can be in it twice.
   */
  private flush(target: number): Effect.Effect<void, CheckpointError> {
    return Effect.gen({ self: this }, function*() {
      while (this.failed === undefined && this.durable < target) {
        const group = this.nextGroup()
        const result = yield* Effect.result(this.write(group))
        if (result._tag === "Success") {
          this.queue.splice(0, group.length)
          this.durable += group.length
        } else this.failed = result.failure
      }
      if (this.failed !== undefined) return yield* this.failed
    })
  }

  private nextGroup(): ReadonlyArray<Entry> {
    let count = 0
    let length = 0
    for (const { text } of this.queue) {
      if (count > 0 && length + text.length > groupLength) break
      length += text.length
      count++
    }
    return this.queue.slice(0, count)
  }

  private write(group: ReadonlyArray<Entry>): Effect.Effect<void, CheckpointError> {
    const { epoch, session, subject, tables } = this.setting
    const rows = group.flatMap(({ kind, lsn, text }) =>
      inPieces(text).map((content, part) => ({ lsn, part, kind, content }))
    )
    const statement = `${fence(tables)}, added as (
      insert into ${tables.journal} (pipeline, lsn, part, epoch, kind, content)
      select $1, each.lsn, each.part, $2::bigint, each.kind, each.content
      from mine, unnest($3::bigint[], $4::integer[], $5::smallint[], string_to_array($6, E'\\n'))
        as each (lsn, part, kind, content)
      returning 1
    ) select count(*) as added from added`
    const written = session.run(appending, statement, [
      subject.pipeline,
      `${epoch}`,
      `{${rows.map(({ lsn }) => lsn).join(",")}}`,
      `{${rows.map(({ part }) => part).join(",")}}`,
      `{${rows.map(({ kind }) => kind).join(",")}}`,
      rows.map(({ content }) => content).join("\n")
    ])
    return Effect.flatMap(
      // Where transactions see one moment only, a claim since then is a conflict: the check says which of the two it is.
      Effect.catch(written, (error) => Effect.andThen(session.isLost ? Effect.void : this.verify, Effect.fail(error))),
      ([row]) => numberIn(row, "added") === rows.length ? Effect.void : Effect.andThen(this.verify, this.incomplete)
    )
  }

  /** Not to be reached while the epoch is the newest. */
  private readonly incomplete: Effect.Effect<never, CheckpointError> = Effect.suspend(() =>
    failWith(this.setting.subject, {
      _tag: "StoreFailed",
      operation: appending,
      cause: new Error("the server wrote a part of it"),
      retryable: false
    })
  )

  readonly verify: Effect.Effect<void, CheckpointError> = Effect.suspend(() => {
    const { epoch, session, subject, tables } = this.setting
    const checking = "looking for a newer epoch"
    return Effect.flatMap(
      newestEpoch((statement, parameters) => session.run(checking, statement, parameters), tables, subject.pipeline),
      (newest) => newest === epoch ? Effect.void : failWith(subject, fencedBy(epoch, newest))
    )
  })

  readonly snapshot = (snapshot: Snapshot, keepFrom: number): Effect.Effect<void, CheckpointError> =>
    Effect.scoped(Effect.gen({ self: this }, function*() {
      const { another, epoch, subject: { pipeline }, tables } = this.setting
      yield* this.verify
      const from = Math.min(keepFrom, this.last + 1)
      const reference = `${epoch}-${this.last}`
      const { length, statements } = writing(tables, { pipeline, epoch, reference, keepFrom: from }, snapshot)
      const session = yield* another
      for (const [statement, parameters] of statements) yield* session.run("writing a snapshot", statement, parameters)
      const lsn = this.append([{ _tag: "SnapshotTaken", batch: snapshot.batch, reference }])
      const before = this.since
      yield* this.reach(lsn)
      yield* this.verify
      this.since -= before
      const older = this.shelved
      this.shelved = { reference, keepFrom: from, length }
      const needed = older === undefined ? 1 : Math.min(older.keepFrom, from)
      const [statement, parameters] = removal(tables, pipeline, epoch, [reference, older?.reference ?? reference], needed)
      yield* session.run("removing what is no longer needed", statement, parameters)
    }))

  readonly bytesSinceSnapshot = (): number => this.since

  readonly snapshotBytes = (): number => this.shelved?.length ?? 0

  readonly isPaused = (): boolean => false

  readonly release = (batch: number): Effect.Effect<void, CheckpointError> =>
    Effect.gen({ self: this }, function*() {
      yield* this.verify
      yield* this.reach(this.append([{ _tag: "Released", batch }]))
      yield* this.setting.giveBack
    })
}
