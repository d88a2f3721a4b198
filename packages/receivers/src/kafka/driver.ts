/** The client, `@platformatic/kafka`: connections, TLS, SASL and what is asked of brokers. No other file knows it. */
import type * as Client from "@platformatic/kafka"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { ConnectionOptions } from "./ConnectionOptions.ts"

export type { Client }

/** The client, or a sentence that says what to install. */
export const client: Effect.Effect<typeof Client> = Effect.promise(() =>
  import("@platformatic/kafka").catch((cause: unknown) => {
    throw new Error("@millrace/receivers/Kafka reads by the package @platformatic/kafka: npm install @platformatic/kafka", { cause })
  })
)

const millisOf = (duration: Duration.Input | undefined, otherwise: number): number =>
  duration === undefined ? otherwise : Duration.toMillis(Duration.fromInputUnsafe(duration))

export const requestMillis = (requestTimeout: Duration.Input | undefined): number => millisOf(requestTimeout, 30_000)

/** The options as the client has them. It tries nothing again by itself: the engine does, and says so. */
export const clientOptions = ({ brokers, clientId, connectTimeout, requestTimeout, sasl, tls }: ConnectionOptions) => {
  const certificates = typeof tls === "object" ? tls : {}
  return {
    clientId: clientId ?? "millrace",
    bootstrapBrokers: [...brokers],
    connectTimeout: millisOf(connectTimeout, 5_000),
    requestTimeout: requestMillis(requestTimeout),
    retries: 0,
    ...(tls === undefined || tls === false ? {} : {
      tls: {
        minVersion: "TLSv1.2" as const,
        rejectUnauthorized: true,
        ...certificates,
        key: certificates.key === undefined ? undefined : Redacted.value(certificates.key)
      }
    }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl, password: Redacted.value(sasl.password) } })
  }
}

/** Connections that are closed with the scope. An answer that is on its way then is not waited for. */
export const openPool = (options: ConnectionOptions): Effect.Effect<Client.ConnectionPool, never, Scope.Scope> =>
  Effect.flatMap(client, ({ ConnectionPool }) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const { clientId, ...rest } = clientOptions(options)
        const pool = new ConnectionPool(clientId, rest)
        // An error event that nobody listens to would end the process; the request that failed tells of it too.
        pool.on("connecting", ({ connection }) => connection.on("error", () => {}))
        return pool
      }),
      (pool) =>
        Effect.sync(() => {
          const connections = [...pool].map(([, connection]) => connection)
          pool.close(() => {})
          for (const { socket } of connections) socket?.destroy()
        })
    ))

export const addressOf = (broker: string): Client.Broker => {
  const at = broker.lastIndexOf(":")
  return { host: broker.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(broker.slice(at + 1)) }
}

type Callback<A> = (error: unknown, result?: A) => void

/** One call of the client. What it calls back with after an interruption is for nobody. */
export const call = <A>(start: (callback: Callback<A>) => void): Effect.Effect<A, unknown> =>
  Effect.callback<A, unknown>((resume) => {
    try {
      start((error, result) => {
        resume(Predicate.isNullish(error) && result !== undefined ? Effect.succeed(result) : Effect.fail(error))
      })
    } catch (error) {
      resume(Effect.fail(error))
    }
  })

/** A request whose answer is read here. */
export interface Request<A> {
  readonly api: number
  readonly version: number
  readonly write: () => Client.Writer
  readonly read: (bytes: Buffer) => A
}

export const send = <A>(connection: Client.Connection, { api, read, version, write }: Request<A>): Effect.Effect<A, unknown> =>
  call<A>((callback) =>
    connection.send(api, version, write, (_id, _api, _version, reader) => read(reader.buffer.buffer), true, true, callback)
  )
