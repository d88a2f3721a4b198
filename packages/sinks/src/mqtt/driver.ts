/** A connection by the package `mqtt` that is used once: it neither keeps nor repeats what its end left open. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { connect, type IClientOptions, type IClientPublishOptions } from "mqtt"
import { isIP } from "node:net"
import { reachedBy } from "./ConnectionOptions.ts"
import type { MqttConnection } from "./MqttConnection.ts"
import { type Reason, reasonOf, reasonOfCode } from "./MqttError.ts"
import type { Options } from "./Options.ts"

/** A message, ready to go. */
export interface Outgoing {
  readonly topic: string
  readonly payload: Buffer
  readonly options: IClientPublishOptions
}

export interface Session {
  /** What the broker takes at a time, and in one packet. */
  readonly receiveMaximum: number
  readonly maxPacketBytes: number
  readonly ended: () => Reason | undefined
  /** Tells whoever listens last that it has ended. */
  readonly onEnd: (listener: () => void) => void
  readonly publish: (message: Outgoing, done: (reason: Reason | undefined) => void) => void
  /** Says goodbye, or breaks off. */
  readonly close: Effect.Effect<void>
  readonly destroy: () => void
}

type Broker = MqttConnection["Service"]

const clientOptions = ({ address, options }: Broker, will: Options["will"], clientId: string): IClientOptions => {
  const { password, tls = {}, username } = options
  const { connectTimeoutMillis, keepAliveMillis, level } = reachedBy(options)
  return {
    protocol: address.isSecure ? "mqtts" : "mqtt",
    host: address.host,
    port: address.port,
    protocolVersion: level,
    clientId,
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    connectTimeout: connectTimeoutMillis,
    keepalive: Math.ceil(keepAliveMillis / 1000),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Redacted.value(password) }),
    ...(will === undefined ? {} : {
      will: {
        topic: will.topic,
        payload: typeof will.payload === "string" ? Buffer.from(will.payload) : Buffer.from(will.payload),
        qos: will.qos ?? 0,
        retain: will.retain ?? false
      }
    }),
    ...(address.isSecure ? { rejectUnauthorized: true, minVersion: "TLSv1.2" } : {}),
    ...(address.isSecure && isIP(address.host) === 0 ? { servername: address.host } : {}),
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: Redacted.value(tls.key) }),
    ...(tls.passphrase === undefined ? {} : { passphrase: Redacted.value(tls.passphrase) })
  }
}

/** Stands when it succeeds. */
export const open = (broker: Broker, will: Options["will"], clientId: string): Effect.Effect<Session, Reason> =>
  Effect.callback((resume) => {
    const client = connect(clientOptions(broker, will, clientId))
    let ended: Reason | undefined
    let listener = () => {}
    const end = (reason: Reason) => {
      if (ended !== undefined) return
      ended = reason
      client.end(true)
      resume(Effect.fail(reason))
      listener()
    }
    // It stays: an error that nobody listens to would end the process.
    client.on("error", (error) => end(isTimeout(error) ? timedOut(broker) : reasonOf(error)))
    client.on("disconnect", ({ reasonCode = 0 }) => end(reasonOfCode(reasonCode)))
    client.on("close", () => end({ _tag: "ConnectionLost", code: "closed by the broker" }))
    client.once("connect", (connack) => {
      const { maximumPacketSize = Infinity, receiveMaximum = 65_535 } = connack.properties ?? {}
      const session: Session = {
        receiveMaximum,
        maxPacketBytes: maximumPacketSize,
        ended: () => ended,
        onEnd: (f) => {
          listener = f
        },
        publish: ({ options, payload, topic }, done) =>
          client.publish(topic, payload, options, (error) => done(error ? publishReason(topic, error) : undefined)),
        close: Effect.callback((resume) => {
          ended ??= { _tag: "ConnectionLost", code: "closed by the sink" }
          client.end(false, {}, () => resume(Effect.void))
        }),
        destroy: () => end({ _tag: "ConnectionLost", code: "given up" })
      }
      resume(Effect.succeed(session))
    })
    return Effect.sync(() => end({ _tag: "ConnectionLost", code: "given up" }))
  })

const timedOut = ({ options }: Broker): Reason =>
  ({ _tag: "TimedOut", during: "connect", millis: reachedBy(options).connectTimeoutMillis })

const isTimeout = (error: Error): boolean => error.message === "connack timeout"

/** A code is the broker's answer to this message; anything else is the connection. */
const publishReason = (topic: string, error: Error): Reason =>
  "code" in error && typeof error.code === "number" ? { _tag: "PublishRefused", topic, code: error.code } : reasonOf(error)
