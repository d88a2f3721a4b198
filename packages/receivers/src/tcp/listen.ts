/** A listening socket as a receiver: opened with it, closed with its scope. */
import * as net from "node:net"
import * as tls from "node:tls"
import { Receiver } from "@millrace/core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { invalidOption } from "./checked.ts"
import type { Frame } from "./Frame.ts"
import { Hub } from "./Hub.ts"
import { watchIdle } from "./idle.ts"
import { makeTally } from "./metrics.ts"
import type { Address, ListenOptions, PartialOptions } from "./Options.ts"
import { type Reason, reasonOfListening, reasonOfSocket, TcpError } from "./TcpError.ts"

const hostDefault = "127.0.0.1"
const maxConnectionsDefault = 1024
const maxPartialBytesDefault = 64 * 1024 * 1024
const handshakeTimeout = 10_000
/** So many ends of connections wait to be reported. With more, the oldest are only counted. */
const reportsMax = 256

/** Listens and gives the blocks of all connections in turn. It never ends, and no connection makes it fail. */
export const listen = <A>(
  options: ListenOptions & PartialOptions,
  frame: Frame<A>
): Effect.Effect<Stream.Stream<Receiver.Block<A>, TcpError>, TcpError, Scope.Scope> =>
  Effect.gen(function*() {
    const { host = hostDefault, name, port } = options
    const fail = (reason: Reason) => new TcpError({ receiver: name, host, port, reason })
    const invalid = invalidOption(options, 0)
    if (invalid !== undefined) return yield* fail(invalid)
    const clock = yield* Clock.Clock
    const reports = yield* Queue.sliding<TcpError>(reportsMax)
    yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(reports), report)))
    const hub = new Hub(frame, {
      maxPartialBytes: options.maxPartialBytes ?? maxPartialBytesDefault,
      onPartial: options.onPartial ?? "emit",
      now: () => clock.currentTimeMillisUnsafe(),
      tally: makeTally(name, yield* Effect.context()),
      closed: (peer, reason) => Queue.offerUnsafe(reports, new TcpError({ receiver: name, ...peer, reason }))
    })
    yield* Effect.forkScoped(watchIdle(() => hub.connections, options.idleTimeout ?? "5 minutes"))
    const server = yield* Effect.mapError(open(options, hub), fail)
    if (options.onListening !== undefined) yield* options.onListening(addressOf(server))
    return Stream.fromPull(Effect.succeed(hub.pull))
  })

/** Says that a connection ended. That a peer left in order is no error. */
const report = (error: TcpError): Effect.Effect<void> =>
  error.reason._tag === "Disconnected" && error.reason.partialBytes === 0
    ? Effect.logDebug(error.message)
    : Receiver.reportError(error)

const open = <A>(options: ListenOptions, hub: Hub<A>): Effect.Effect<net.Server, Reason, Scope.Scope> =>
  Effect.gen(function*() {
    const server = yield* Effect.try({ try: () => create(options, hub), catch: reasonOfListening })
    const sockets = new Set<net.Socket>()
    server.on("connection", (socket: net.Socket) => {
      sockets.add(socket)
      socket.once("close", () => sockets.delete(socket))
    })
    yield* Effect.acquireRelease(listening(server, options), () => close(server, sockets))
    return server
  })

const create = <A>(options: ListenOptions, hub: Hub<A>): net.Server => {
  const accept = (socket: net.Socket) => hub.accept(socket)
  const server = options.tls === undefined
    ? net.createServer({ pauseOnConnect: true, keepAlive: true }, accept)
    : tls.createServer({ minVersion: "TLSv1.2", handshakeTimeout, ...options.tls, keepAlive: true }, accept)
  server.maxConnections = options.maxConnections ?? maxConnectionsDefault
  server.on("drop", () => hub.refuse())
  server.on("tlsClientError", (error: unknown, socket: net.Socket) => hub.turnAway(socket, reasonOfSocket(error, 0)))
  return server
}

const listening = (server: net.Server, options: ListenOptions): Effect.Effect<void, Reason> =>
  Effect.callback((resume) => {
    // Stays: the system may fail to accept a connection, and an error that nobody listens to would end the process.
    server.on("error", (error) => resume(Effect.fail(reasonOfListening(error))))
    server.listen({ host: options.host ?? hostDefault, port: options.port }, () => resume(Effect.void))
  })

const close = (server: net.Server, sockets: Iterable<net.Socket>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    for (const socket of sockets) socket.destroy()
  })

const addressOf = (server: net.Server): Address => {
  const address = server.address()
  if (address === null || typeof address === "string") return { host: "", port: 0 }
  return { host: address.address, port: address.port }
}
