/** A `SqlClient` by `mysql2`, which is loaded when it is asked for. */
import type * as Mysql from "mysql2"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Client from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import { MySqlClient } from "./MySqlClient.ts"
import type { MySqlError } from "./MySqlError.ts"
import { type ConnectionOptions, type Settings, settingsOf } from "./ConnectionOptions.ts"
import { sqlErrorOf } from "./serverErrors.ts"
import { parameterOf } from "./values.ts"

/** What is loaded, or a sentence that says what to install. */
export const loaded = <A>(load: () => Promise<A>): Effect.Effect<A> =>
  Effect.promise(() =>
    load().catch((cause: unknown) => {
      throw new Error("@millrace/receivers/MySql connects by the package mysql2: npm install mysql2", { cause })
    })
  )

const driver = loaded(async () => (await import("mysql2")).default)

/**
 * What every session is told before it is used: that times are UTC, and that a backslash escapes, which parameters rely on,
 * whatever the server is set to.
 */
const session =
  "set session sql_mode = replace(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''), time_zone = '+00:00', autocommit = 1"

/**
 * A `bigint` for `bigint`, whatever its size. A double is read from its text, of which the client by itself now and then
 * gets the last digit wrong.
 */
const typeCast: Mysql.TypeCast = (field, next) => {
  if (field.type !== "DOUBLE" && field.type !== "LONGLONG") return next()
  const text = field.string()
  return text === null ? null : field.type === "DOUBLE" ? Number(text) : BigInt(text)
}

/** A pool's connection as Effect has it. One that was interrupted or fell silent is closed: it may still be at work. */
class PooledConnection implements Connection {
  private readonly connection: Mysql.PoolConnection
  private readonly timeout: number

  constructor(connection: Mysql.PoolConnection, timeout: number) {
    this.connection = connection
    this.timeout = timeout
  }

  private run(sql: string, parameters: ReadonlyArray<unknown>, rowsAsArray: boolean): Effect.Effect<unknown, SqlError> {
    const { connection, timeout } = this
    return Effect.callback((resume) => {
      const answered = (error: Mysql.QueryError | null, result?: unknown) => {
        if (error === null) return resume(Effect.succeed(result))
        if (error.code === "PROTOCOL_SEQUENCE_TIMEOUT") connection.destroy()
        resume(Effect.fail(sqlErrorOf(error, "execute")))
      }
      const query = { sql, timeout, rowsAsArray }
      connection.query({ ...query, typeCast, values: parameters.map(parameterOf) }, answered)
      return Effect.sync(() => connection.destroy())
    })
  }

  private rows(sql: string, parameters: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<object>, SqlError> {
    return Effect.map(this.run(sql, parameters, false), (result) => Array.isArray(result) ? result : [])
  }

  execute(sql: string, parameters: ReadonlyArray<unknown>, transform: Parameters<Connection["execute"]>[2]) {
    return transform === undefined ? this.rows(sql, parameters) : Effect.map(this.rows(sql, parameters), transform)
  }
  executeUnprepared(sql: string, parameters: ReadonlyArray<unknown>, transform: Parameters<Connection["execute"]>[2]) {
    return this.execute(sql, parameters, transform)
  }
  executeRaw(sql: string, parameters: ReadonlyArray<unknown>) {
    return this.run(sql, parameters, false)
  }
  executeValues(sql: string, parameters: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, SqlError> {
    return Effect.map(this.run(sql, parameters, true), (result) => Array.isArray(result) ? result : [])
  }
  executeValuesUnprepared(sql: string, parameters: ReadonlyArray<unknown>) {
    return this.executeValues(sql, parameters)
  }
  /** All rows at once: nothing here is read that way. */
  executeStream(sql: string, parameters: ReadonlyArray<unknown>, transform: Parameters<Connection["execute"]>[2]) {
    return Stream.fromIterableEffect(this.execute(sql, parameters, transform))
  }
}

const tlsOf = ({ ca, cert, key }: NonNullable<Settings["tls"]>): Mysql.SslOptions => ({
  rejectUnauthorized: true,
  verifyIdentity: true,
  minVersion: "TLSv1.2",
  ...(ca === undefined ? {} : { ca }),
  ...(cert === undefined ? {} : { cert }),
  ...(key === undefined ? {} : { key: Redacted.value(key) })
})

const configOf = (settings: Settings): Mysql.PoolOptions => ({
  host: settings.host,
  port: settings.port,
  ...(settings.user === undefined ? {} : { user: settings.user }),
  ...(settings.password === undefined ? {} : { password: Redacted.value(settings.password) }),
  ...(settings.database === undefined ? {} : { database: settings.database }),
  connectionLimit: settings.maxConnections,
  connectTimeout: settings.connectTimeoutMillis,
  ...(settings.tls === undefined ? {} : { ssl: tlsOf(settings.tls) }),
  charset: "utf8mb4_bin",
  timezone: "Z",
  supportBigNumbers: true,
  bigNumberStrings: true,
  // A server may ask its client for files.
  flags: ["-LOCAL_FILES"],
  trace: false
})

/** Whoever stops waiting for a connection leaves at once, and one that comes after that goes back. */
const leased = (pool: Mysql.Pool) => {
  let held: Mysql.PoolConnection | undefined
  let isOver = false
  const get = Effect.callback<Mysql.PoolConnection, SqlError>((resume) => {
    pool.getConnection((error, connection) => {
      if (error) return resume(Effect.fail(sqlErrorOf(error, "connect")))
      if (isOver) return connection.release()
      held = connection
      resume(Effect.succeed(connection))
    })
  })
  const release = Effect.sync(() => {
    isOver = true
    held?.release()
  })
  return { get, release }
}

const acquiring = (pool: Mysql.Pool, settings: Settings): Effect.Effect<Connection, SqlError, Scope.Scope> => {
  const ready = new WeakSet<Mysql.PoolConnection>()
  const timeout = settings.statementTimeoutMillis
  const lease = Effect.acquireRelease(Effect.sync(() => leased(pool)), ({ release }) => release)
  const prepared = (connection: Mysql.PoolConnection): Effect.Effect<Connection, SqlError> => {
    const pooled = new PooledConnection(connection, timeout)
    return ready.has(connection) ? Effect.succeed(pooled) : Effect.map(pooled.executeRaw(session, []), () => {
      ready.add(connection)
      return pooled
    })
  }
  return Effect.flatMap(lease, ({ get }) => Effect.flatMap(get, prepared))
}

const compiler = Statement.makeCompiler({
  dialect: "mysql",
  placeholder: () => "?",
  onIdentifier: Statement.defaultEscape("`"),
  onRecordUpdate: () => ["", []],
  onCustom: () => ["", []]
})

const make = (settings: Settings): Effect.Effect<Client.SqlClient, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { createPool } = yield* driver
    const pool = yield* Effect.acquireRelease(
      Effect.sync(() => createPool(configOf(settings))),
      (pool) => Effect.callback<void>((resume) => pool.end(() => resume(Effect.void)))
    )
    return yield* Client.make({
      acquirer: acquiring(pool, settings),
      compiler,
      driver: "mysql2",
      spanAttributes: [["db.system.name", "mysql"], ["server.address", settings.host], ["server.port", settings.port]]
    })
  }).pipe(Effect.provide(Reactivity.layer))

/**
 * A pool of connections by `mysql2`. It connects with the first statement, so a server that is not there is an error of
 * whoever asks. Every session has its times in UTC.
 *
 * ```ts import.meta.vitest
 * import * as MySql from "@millrace/receivers/MySql"
 * import { Layer, Redacted } from "effect"
 *
 * const database = MySql.layer({ host: "db.internal", user: "pipelines", password: Redacted.make("…"), database: "shop", tls: true })
 * Layer.isLayer(database) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: ConnectionOptions): Layer.Layer<MySqlClient, MySqlError> =>
  Layer.effect(MySqlClient, Effect.flatMap(Effect.fromResult(settingsOf(options)), make))

/**
 * `layer` from the configuration of the program; passwords and addresses that hold one are `Config.Redacted`.
 *
 * ```ts import.meta.vitest
 * import * as MySql from "@millrace/receivers/MySql"
 * import { Config, Layer } from "effect"
 *
 * const database = MySql.layerConfig({ url: Config.Redacted("DATABASE_URL") })
 * Layer.isLayer(database) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Config.Wrap<ConnectionOptions>
): Layer.Layer<MySqlClient, MySqlError | Config.ConfigError> =>
  Layer.unwrap(Effect.map(Config.unwrap(options), layer))
