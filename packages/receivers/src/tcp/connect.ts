/** One connection as a client: opened, read as it is pulled, closed with its scope. */
import * as net from "node:net"
import * as tls from "node:tls"
import type { Receiver } from "@millrace/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { blocksOf } from "./blocks.ts"
import { invalidOption } from "./checked.ts"
import { Connection } from "./Connection.ts"
import type { Frame } from "./Frame.ts"
import { watchIdle } from "./idle.ts"
import { makeTally } from "./metrics.ts"
import type { ConnectOptions, PartialOptions } from "./Options.ts"
import { type Reason, reasonOfSocket, TcpError, TimedOut } from "./TcpError.ts"

/** While the pipeline is busy so many bytes wait in the receiver, and as many again in Node's own buffer. */
const bytesMax = 128 * 1024
const probeAfterMillis = 30_000

/** Connects and gives the blocks of the connection. Its end is a failure, unless `onEnd` says otherwise. */
export const connect = <A>(
  options: ConnectOptions & PartialOptions,
  frame: Frame<A>
): Effect.Effect<Stream.Stream<Receiver.Block<A>, TcpError>, TcpError, Scope.Scope> =>
  Effect.gen(function*() {
    const { host, name, port } = options
    const fail = (reason: Reason) => new TcpError({ receiver: name, host, port, reason })
    const socket = yield* Effect.mapError(dial(options), fail)
    const clock = yield* Clock.Clock
    const tally = makeTally(name, yield* Effect.context())
    const reader = new Reader<A>(options.onEnd === "end", fail)
    const connection = new Connection(socket, frame.framer(), {
      onPartial: options.onPartial ?? "emit",
      bytesMax,
      now: () => clock.currentTimeMillisUnsafe(),
      tally
    }, () => reader.wake())
    tally.opened()
    if (options.idleTimeout !== undefined) {
      yield* Effect.forkScoped(watchIdle(() => [connection], options.idleTimeout))
    }
    return Stream.fromPull(Effect.succeed(reader.pull(connection)))
  })

/** The one who waits for the connection. */
class Reader<A> {
  readonly #endIsDone: boolean
  readonly #fail: (reason: Reason) => TcpError
  #waiting: (() => void) | undefined = undefined

  constructor(endIsDone: boolean, fail: (reason: Reason) => TcpError) {
    this.#endIsDone = endIsDone
    this.#fail = fail
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }

  pull(connection: Connection<A>) {
    const next: Effect.Effect<
      readonly [Receiver.Block<A>, ...Array<Receiver.Block<A>>],
      TcpError | Cause.Done<void>
    > = Effect.suspend(() => {
      const blocks = blocksOf(connection.take())
      if (blocks !== undefined) return Effect.succeed(blocks)
      const ended = connection.ended
      if (ended !== undefined) return this.#isDone(ended) ? Cause.done() : Effect.fail(this.#fail(ended))
      return Effect.andThen(this.#changed, next)
    })
    return next
  }

  #isDone(reason: Reason): boolean {
    return this.#endIsDone && reason._tag === "Disconnected" && reason.code === "END"
  }

  readonly #changed = Effect.callback<void>((resume) => {
    this.#waiting = () => resume(Effect.void)
    return Effect.sync(() => {
      this.#waiting = undefined
    })
  })
}

const dial = (options: ConnectOptions): Effect.Effect<net.Socket, Reason, Scope.Scope> =>
  Effect.gen(function*() {
    const invalid = invalidOption(options, 1)
    if (invalid !== undefined) return yield* invalid
    const timeout = Duration.fromInputUnsafe(options.connectTimeout ?? "10 seconds")
    const socket = yield* Effect.acquireRelease(
      Effect.try({ try: () => create(options), catch: (error) => reasonOfSocket(error, 0) }),
      (socket) => Effect.sync(() => socket.destroy())
    )
    yield* standing(socket, options.tls === undefined || options.tls === false ? "connect" : "secureConnect").pipe(
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => Effect.fail(new TimedOut({ during: "connect", millis: Duration.toMillis(timeout) }))
      })
    )
    return socket
  })

const create = (options: ConnectOptions): net.Socket => {
  const { host, port } = options
  const always = { host, port, keepAlive: true, keepAliveInitialDelay: probeAfterMillis }
  if (options.tls === undefined || options.tls === false) return net.connect(always)
  const named = net.isIP(host) === 0 ? { servername: host } : {}
  const chosen = options.tls === true ? {} : options.tls
  return tls.connect({ minVersion: "TLSv1.2", rejectUnauthorized: true, ...named, ...chosen, ...always })
}

const standing = (socket: net.Socket, event: "connect" | "secureConnect"): Effect.Effect<void, Reason> =>
  Effect.callback((resume) => {
    // Stays until the end: an error that nobody listens to would end the process.
    socket.on("error", (error) => resume(Effect.fail(reasonOfSocket(error, 0))))
    socket.once(event, () => {
      socket.pause()
      resume(Effect.void)
    })
    socket.once("close", () => resume(Effect.fail(reasonOfSocket({ code: "CLOSED" }, 0))))
  })
