/** How the server is reached. */
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { isIP } from "node:net"
import { MySqlError } from "./MySqlError.ts"

const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 }))
const Port = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))

/**
 * TLS with a certificate that is checked, and that is the host's, which has to be a name and no address. `ca`, `cert` and
 * `key` are PEM.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Tls = Schema.Struct({
  /** Who signed the server's certificate. Defaults to those that Node trusts. */
  ca: Schema.optional(Schema.String),
  cert: Schema.optional(Schema.String),
  key: Schema.optional(Schema.Redacted(Schema.String))
})

/**
 * How the server is reached: by a `url`, or by its parts.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ConnectionOptions = Schema.Struct({
  /** `mysql://user:password@host:port/database`. */
  url: Schema.optional(Schema.Redacted(Schema.String)),
  /** Defaults to `"127.0.0.1"`. */
  host: Schema.optional(Schema.NonEmptyString),
  /** Defaults to 3306. */
  port: Schema.optional(Port),
  user: Schema.optional(Schema.String),
  password: Schema.optional(Schema.Redacted(Schema.String)),
  /** Tables without a database before their name are in this one. */
  database: Schema.optional(Schema.NonEmptyString),
  /** Defaults to none. */
  tls: Schema.optional(Schema.Union([Schema.Boolean, Tls])),
  /** A run uses one for each output that is being written to; who finds none waits. Defaults to 10. */
  maxConnections: Schema.optional(Count),
  /** Defaults to 10 seconds. */
  connectTimeout: Schema.optional(Schema.Duration),
  /** How long the server may be silent on a statement before the connection is given up. Defaults to 1 minute. */
  statementTimeout: Schema.optional(Schema.Duration)
})

type Shape = typeof ConnectionOptions.Type

/** @category options @since 0.1.0 */
export interface ConnectionOptions extends Omit<Shape, "connectTimeout" | "statementTimeout"> {
  readonly connectTimeout?: Duration.Input | undefined
  readonly statementTimeout?: Duration.Input | undefined
}

/** The same with everything that was left out. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly user: string | undefined
  readonly password: Redacted.Redacted<string> | undefined
  readonly database: string | undefined
  readonly tls: typeof Tls.Type | undefined
  readonly maxConnections: number
  readonly connectTimeoutMillis: number
  readonly statementTimeoutMillis: number
}

const accepts = Schema.decodeUnknownResult(Schema.toType(ConnectionOptions))
const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** Names the options that cannot be used, and none of their values. */
export const settingsOf = (options: ConnectionOptions): Result.Result<Settings, MySqlError> => {
  const millisOf = (input: Duration.Input | undefined, otherwise: number): number =>
    input === undefined ? otherwise : Duration.toMillis(Duration.fromInputUnsafe(input))
  const connectTimeoutMillis = millisOf(options.connectTimeout, 10_000)
  const statementTimeoutMillis = millisOf(options.statementTimeout, 60_000)
  if (![connectTimeoutMillis, statementTimeoutMillis].every((millis) => millis >= 1 && millis <= maxMillis)) {
    return refused("connectTimeout and statementTimeout must be between 1 ms and 24 days")
  }
  const { connectTimeout: _, statementTimeout: __, ...others } = options
  const shape = accepts(others)
  if (Result.isFailure(shape)) {
    const names = format(shape.failure.issue).issues.map(({ path = [] }) => path.map(String).join("."))
    return refused(`these options cannot be used: ${[...new Set(names)].join(", ")}`)
  }
  const place = options.url === undefined ? {} : placeOf(Redacted.value(options.url))
  if (place === undefined) return refused("url must be mysql://user:password@host:port/database, without parameters")
  const host = place.host ?? options.host ?? "127.0.0.1"
  const tls = options.tls === true ? {} : options.tls === false ? undefined : options.tls
  // The client compares the certificate of an address with the name "localhost".
  if (tls !== undefined && isIP(host) !== 0) return refused("with tls, host must be a name, which the certificate is compared with")
  return Result.succeed({
    host,
    port: place.port ?? options.port ?? 3306,
    user: place.user ?? options.user,
    password: place.password ?? options.password,
    database: place.database ?? options.database,
    tls,
    maxConnections: options.maxConnections ?? 10,
    connectTimeoutMillis,
    statementTimeoutMillis
  })
}

/** What a timer can count. */
const maxMillis = 2_147_483_647

const refused = (problem: string) =>
  Result.fail(new MySqlError({ output: "", reason: { _tag: "BadOptions", problem } }))

type Place = { readonly [K in "host" | "port" | "user" | "password" | "database"]?: Settings[K] | undefined }

/** Parameters of a URL could switch off what is relied on here; none is taken. */
const placeOf = (text: string): Place | undefined => {
  try {
    const url = new URL(text)
    const database = decodeURIComponent(url.pathname.slice(1))
    if (!["mysql:", "mariadb:"].includes(url.protocol) || url.search !== "" || database.includes("/")) return undefined
    return {
      host: url.hostname.replace(/^\[|\]$/g, "") || undefined,
      port: url.port === "" ? undefined : Number(url.port),
      user: decodeURIComponent(url.username) || undefined,
      password: url.password === "" ? undefined : Redacted.make(decodeURIComponent(url.password)),
      database: database || undefined
    }
  } catch {
    return undefined
  }
}
