/** Claims an epoch in PostgreSQL. A lock of the session says that its owner is alive; the number alone is the fence. */
import * as Effect from "effect/Effect"
import type { CheckpointError, Reason } from "./CheckpointError.ts"
import { failWith, type Subject } from "./diskReason.ts"
import { numberIn, type PostgresSession, type Send } from "./PostgresSession.ts"
import { format, type Tables } from "./postgresTables.ts"
import { field } from "./records.ts"

const claiming = "claiming an epoch"

/** The lock of one epoch of one pipeline, with both as $1 and $2. Every epoch has its own. */
const lockOf = ({ epoch }: Tables): string =>
  `hashtextextended($1 || '/' || $2, '${epoch.replaceAll("'", "''")}'::regclass::oid::bigint)`

/** How long the server keeps the lock of a machine that is gone: a minute instead of two hours. */
const probes = "select set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false), " +
  "set_config('tcp_keepalives_count', '3', false)"

/** What a claim does to the tables, and gives: the epoch, or why there is none. */
export const takeEpoch = (
  session: PostgresSession,
  tables: Tables,
  subject: Subject,
  options: {
    readonly takeover: boolean
    /** An epoch whose session this process has lost: its lock may still be held, by nobody. */
    readonly lost: number | undefined
  }
): Effect.Effect<number, CheckpointError> =>
  session.transaction(claiming, "begin isolation level read committed", (send) =>
    Effect.gen(function*() {
      const { pipeline } = subject
      yield* send(probes)
      yield* send(`insert into ${tables.epoch} (pipeline, epoch, format) values ($1, 0, ${format}) on conflict do nothing`, [
        pipeline
      ])
      const [row] = yield* send(`select epoch, format from ${tables.epoch} where pipeline = $1 for update`, [pipeline])
      const epoch = numberIn(row, "epoch")
      const found = numberIn(row, "format")
      if (found > format) return yield* failWith(subject, { _tag: "FormatTooNew", found, known: format })
      const isFree = options.takeover || epoch === 0 || epoch === options.lost ||
        (yield* isUnlocked(send, tables, pipeline, epoch))
      if (!isFree) return yield* failWith(subject, { _tag: "CheckpointInUse", epoch, owner: undefined })
      const next = epoch + 1
      yield* send(`select pg_try_advisory_lock(${lockOf(tables)})`, [pipeline, `${next}`])
      yield* send(
        `update ${tables.epoch} set epoch = $2::bigint, format = ${format}, session = pg_backend_pid(), claimed_at = now()
        where pipeline = $1`,
        [pipeline, `${next}`]
      )
      return next
    }))

/** Whoever gets the lock of an epoch knows that its owner is gone. It is held no longer than the transaction. */
const isUnlocked = (send: Send, tables: Tables, pipeline: string, epoch: number): Effect.Effect<boolean, CheckpointError> =>
  Effect.map(
    send(`select pg_try_advisory_xact_lock(${lockOf(tables)}) as free`, [pipeline, `${epoch}`]),
    ([row]) => field(row, "free") === true
  )

/** The owner is gone, as far as others can see. */
export const unlock = (
  session: PostgresSession,
  tables: Tables,
  pipeline: string,
  epoch: number
): Effect.Effect<void, CheckpointError> =>
  Effect.asVoid(session.run("giving the claim back", `select pg_advisory_unlock(${lockOf(tables)})`, [pipeline, `${epoch}`]))

/** The newest epoch, 0 where the pipeline is not known. */
export const newestEpoch = (send: Send, tables: Tables, pipeline: string): Effect.Effect<number, CheckpointError> =>
  Effect.map(
    send(`select epoch from ${tables.epoch} where pipeline = $1`, [pipeline]),
    ([row]) => row === undefined ? 0 : numberIn(row, "epoch")
  )

/** A row that is gone altogether shuts everybody out too. */
export const fencedBy = (epoch: number, newest: number): Reason => ({ _tag: "Fenced", epoch, by: newest })
