/** A checkpoint store in PostgreSQL: three tables for all pipelines, each claimed by one run at a time. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { SqlClient } from "effect/sql/SqlClient"
import type { CheckpointError } from "./CheckpointError.ts"
import { CheckpointStore, type Claim, type ClaimOptions, type Durability, type Journal } from "./CheckpointStore.ts"
import { failWith, type Subject } from "./diskReason.ts"
import { takeEpoch, unlock } from "./postgresClaim.ts"
import { type PostgresPast, readPast } from "./postgresHistory.ts"
import { PostgresJournal } from "./PostgresJournal.ts"
import { openSession, type PostgresSession } from "./PostgresSession.ts"
import { makeTables, nameProblem, type Tables, tablesOf } from "./postgresTables.ts"
import { field } from "./records.ts"

/**
 * How checkpoints are kept in PostgreSQL.
 *
 * @category options
 * @since 0.1.0
 */
export interface PostgresStoreOptions {
  /** Made if it is not there. Defaults to the first schema of the user's `search_path`, as for any table. */
  readonly schema?: string | undefined
  /** What the names of the three tables begin with: `epoch`, `journal` and `snapshot` follow. Defaults to `"millrace_"`. */
  readonly prefix?: string | undefined
  /** A server that takes longer to answer a statement counts as gone. Defaults to 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

/** The tables, and the way to them. */
interface Server {
  readonly tables: Tables
  readonly session: (subject: Subject) => Effect.Effect<PostgresSession, CheckpointError, Scope.Scope>
  /** Epochs of this process that ended with their session. The server may not know yet that it has ended. */
  readonly lost: Map<string, number>
}

const claim = (
  server: Server,
  subject: Subject,
  options: ClaimOptions | undefined
): Effect.Effect<Claim, CheckpointError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      // A claim that is refused holds no session, however long the caller's scope stays open.
      const scope = yield* Scope.fork(yield* Effect.scope)
      return yield* Effect.onError(
        Scope.provide(restore(claimIn(server, subject, options)), scope),
        () => Scope.close(scope, Exit.void)
      )
    })
  )

const claimIn = Effect.fnUntraced(function*(
  server: Server,
  subject: Subject,
  options: ClaimOptions | undefined
): Effect.fn.Return<Claim, CheckpointError, Scope.Scope> {
  const { lost, tables } = server
  const { pipeline } = subject
  const session = yield* server.session(subject)
  let isHeld = true
  const giveBack = (epoch: number) =>
    Effect.suspend(() => {
      if (!isHeld) return Effect.void
      isHeld = false
      return unlock(session, tables, pipeline, epoch)
    })
  const epoch = yield* Effect.acquireRelease(
    takeEpoch(session, tables, subject, { takeover: options?.takeover === true, lost: lost.get(pipeline) }),
    (epoch) =>
      Effect.andThen(
        Effect.ignore(giveBack(epoch)),
        Effect.sync(() => {
          if (session.isLost) lost.set(pipeline, epoch)
          else lost.delete(pipeline)
        })
      )
  )
  let past: PostgresPast | undefined
  const read = Effect.tap(readPast(session, tables, subject), (found) =>
    found.epoch === epoch
      ? Effect.sync(() => void (past = found))
      : failWith(subject, { _tag: "Fenced", epoch, by: found.epoch }))
  return {
    epoch,
    read: Effect.map(read, ({ records, snapshot, warnings }) => ({ records, snapshot, warnings })),
    seal: (manifest): Effect.Effect<Journal, CheckpointError> =>
      Effect.gen(function*() {
        const setting = { tables, subject, epoch, session, another: server.session(subject), giveBack: giveBack(epoch) }
        const journal = new PostgresJournal(setting, past ?? (yield* read))
        past = undefined
        yield* journal.verify
        journal.append([{ _tag: "Seal", epoch, manifest }])
        return journal
      })
  }
})

/** NUL, and half a pair of surrogates. */
const untakeable = /[\0\ud800-\udfff]/u

const checkName = (subject: Subject): Effect.Effect<void, CheckpointError> =>
  !untakeable.test(subject.pipeline)
    ? Effect.void
    : failWith(subject, { _tag: "Refused", problem: "cannot be kept: the name has a character that PostgreSQL does not take" })

/** Flushed is as durable as the server makes it; a session may have been told otherwise than the others. */
const durabilityOf = (session: PostgresSession): Effect.Effect<Durability, CheckpointError> =>
  Effect.map(
    session.run(
      "asking for its settings",
      "select current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off' as durable"
    ),
    ([row]) => field(row, "durable") === true ? "fsync" : "os"
  )

/**
 * Keeps checkpoints in PostgreSQL, for as many pipelines as there are. The database is the `SqlClient` of the context,
 * such as `PgClient.layer` of `@effect/sql-pg`; where it is also the one that outputs write to, a backup of it has rows
 * and positions of one moment.
 *
 * - **Tables**: `epoch` with a row for each pipeline, `journal` with a row for each record, `snapshot`. They are made where
 *   they are not there.
 * - **Owner**: a claim holds a session of its own, with an advisory lock. While that is alive, others are refused with
 *   `CheckpointInUse`; a process that ends gives it back, and a machine that is gone loses it after a minute. An owner
 *   that was shut out cannot write: each statement looks for its epoch, and a claim waits for statements before it.
 * - **Durability**: what `synchronous_commit` and `fsync` of the server say: `"fsync"`, or `"os"` where one of them is off.
 * - **Errors**: a session that breaks, or a server that does not answer in time, is `StoreFailed` and retryable: the run
 *   goes on under a new epoch, as its `restart` policy says. What the server refuses is `StoreFailed` with its SQLSTATE.
 *
 * A running pipeline takes two connections of the pool, one of them for snapshots only, beside those of its outputs. A
 * pooler in between has to keep sessions, since locks belong to them.
 *
 * ```ts import.meta.vitest
 * import { PgClient } from "@effect/sql-pg"
 * import { CheckpointStore } from "@millrace/core"
 * import { Layer, Redacted } from "effect"
 *
 * const Database = PgClient.layer({ url: Redacted.make("postgres://localhost/orders") })
 * const Checkpoints = CheckpointStore.layerPostgres({ schema: "orders" }).pipe(Layer.provideMerge(Database))
 * Layer.isLayer(Checkpoints) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerPostgres = (
  options: PostgresStoreOptions = {}
): Layer.Layer<CheckpointStore, CheckpointError, SqlClient> =>
  Layer.effect(
    CheckpointStore,
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { prefix = "millrace_", schema } = options
      const tables = tablesOf(schema, prefix)
      const { path } = tables
      const all: Subject = { pipeline: "*", path }
      const problem = nameProblem(schema, prefix) ??
        sql.onDialectOrElse({ orElse: () => "needs PostgreSQL, and the SqlClient is of another server", pg: () => undefined })
      if (problem !== undefined) return yield* failWith(all, { _tag: "Refused", problem })
      const timeout = Duration.fromInputUnsafe(options.timeout ?? "30 seconds")
      const server: Server = { tables, session: (subject) => openSession(sql, subject, timeout), lost: new Map() }
      const durability = yield* Effect.scoped(Effect.flatMap(server.session(all), (session) =>
        Effect.andThen(makeTables(session, tables), durabilityOf(session))))
      return CheckpointStore.of({
        durability,
        path,
        claim: (pipeline, claimOptions) => {
          const subject = { pipeline, path }
          return Effect.andThen(checkName(subject), claim(server, subject, claimOptions))
        },
        inspect: (pipeline) => {
          const subject = { pipeline, path }
          return Effect.scoped(Effect.gen(function*() {
            yield* checkName(subject)
            const { epoch, records, snapshot, warnings } = yield* readPast(yield* server.session(subject), tables, subject)
            return { epoch, records, snapshot, warnings, owner: undefined }
          }))
        }
      })
    })
  )
