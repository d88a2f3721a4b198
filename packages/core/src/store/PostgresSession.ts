/** One session of the server in the hands of one claim: a statement at a time, and none after an answer was lost. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import type { CheckpointError } from "./CheckpointError.ts"
import type { Subject } from "./diskReason.ts"
import { isGone, refused, unanswered } from "./postgresReason.ts"
import { field } from "./records.ts"

/** A row of an answer; columns are asked for by name. */
export type Row = unknown

export type Send = (statement: string, parameters?: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Row>, CheckpointError>

/** Whole numbers of 64 bits come as whatever the driver has for them. */
export const numberIn = (row: Row, column: string): number => Number(field(row, column))

export const textIn = (row: Row, column: string): string => String(field(row, column))

export class PostgresSession {
  private readonly gate = Semaphore.makeUnsafe(1)
  private lost: CheckpointError | undefined

  private readonly connection: Connection
  private readonly subject: Subject
  private readonly timeout: Duration.Duration

  constructor(connection: Connection, subject: Subject, timeout: Duration.Duration) {
    this.connection = connection
    this.subject = subject
    this.timeout = timeout
  }

  /** Whether what was sent last may have happened or not, and nothing more can be sent. */
  get isLost(): boolean {
    return this.lost !== undefined
  }

  /** Runs one statement. Only the wait for those before it can be interrupted; the time limit ends the others. */
  readonly run = (
    operation: string,
    statement: string,
    parameters: ReadonlyArray<string> = []
  ): Effect.Effect<ReadonlyArray<Row>, CheckpointError> =>
    this.gate.withPermit(Effect.uninterruptible(this.send(operation, statement, parameters, true)))

  /** Runs statements in one transaction, with nothing between them. A failure leaves nothing behind. */
  readonly transaction = <A>(
    operation: string,
    begin: string,
    body: (send: Send) => Effect.Effect<A, CheckpointError>
  ): Effect.Effect<A, CheckpointError> =>
    this.gate.withPermit(Effect.uninterruptible(Effect.gen({ self: this }, function*() {
      yield* this.send(operation, begin, [], false)
      const done = yield* Effect.onError(
        body((statement, parameters = []) => this.send(operation, statement, parameters, true)),
        () => Effect.ignore(this.send(operation, "rollback", [], false))
      )
      yield* this.send(operation, "commit", [], false)
      return done
    })))

  private send(
    operation: string,
    statement: string,
    parameters: ReadonlyArray<string>,
    prepare: boolean
  ): Effect.Effect<ReadonlyArray<Row>, CheckpointError> {
    return Effect.suspend(() => {
      if (this.lost !== undefined) return Effect.fail(this.lost)
      const answer: Effect.Effect<ReadonlyArray<Row>, SqlError> = prepare
        ? this.connection.execute(statement, parameters, undefined)
        : this.connection.executeUnprepared(statement, parameters, undefined)
      return limited(this.subject, operation, this.timeout, answer, (error) => {
        this.lost = error
      })
    })
  }
}

const limited = <A>(
  subject: Subject,
  operation: string,
  timeout: Duration.Duration,
  effect: Effect.Effect<A, SqlError>,
  lost: (error: CheckpointError) => void
): Effect.Effect<A, CheckpointError> =>
  Effect.interruptible(Effect.mapError(effect, (error) => {
    const mapped = refused(subject, operation)(error)
    if (isGone(error)) lost(mapped)
    return mapped
  })).pipe(Effect.timeoutOrElse({
    duration: timeout,
    orElse: () => {
      const error = unanswered(subject, operation, Duration.format(timeout))
      lost(error)
      return Effect.fail(error)
    }
  }))

/** A session of the client's pool, for as long as the scope is open. A pool without a free one is given the same time. */
export const openSession = (
  sql: SqlClient,
  subject: Subject,
  timeout: Duration.Duration
): Effect.Effect<PostgresSession, CheckpointError, Scope.Scope> =>
  Effect.map(
    sql.reserve.pipe(
      Effect.mapError(refused(subject, "connecting")),
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => Effect.fail(unanswered(subject, "connecting", Duration.format(timeout)))
      })
    ),
    (connection) => new PostgresSession(connection, subject, timeout)
  )
