/** A session, opened, read as it is pulled, and closed with its scope. */
import { Receiver } from "@millrace/core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Checked, checked } from "./checked.ts"
import { chunkOf } from "./chunks.ts"
import { type Begun, Connection } from "./Connection.ts"
import { reachedBy } from "./ConnectionOptions.ts"
import { dial } from "./dial.ts"
import { connectOf, subscribeOf } from "./hello.ts"
import { keepAlive } from "./keepAlive.ts"
import type { Chunk } from "./Message.ts"
import { makeTally } from "./metrics.ts"
import { MqttConnection } from "./MqttConnection.ts"
import { InvalidOption, MqttError, type Reason, SessionLost, TimedOut } from "./MqttError.ts"
import type { Options } from "./Options.ts"

/** After a receiver is closed its last batch is still acknowledged, for so long. */
const lingerMillis = 10_000
const goodbyeMillis = 1000

/** What a receiver remembers from one opening to the next. */
export interface Memory {
  hadSession: boolean
}

export const open = (
  options: Options<unknown>,
  memory: Memory
): Effect.Effect<Stream.Stream<Receiver.Block<Chunk>, MqttError>, MqttError, MqttConnection | Scope.Scope> =>
  Effect.gen(function*() {
    const broker = yield* MqttConnection
    const { host } = new URL(broker.options.url)
    const fail = (reason: Reason) => new MqttError({ receiver: options.name, broker: host, reason })
    const asked = checked(options)
    if (asked instanceof InvalidOption) return yield* fail(asked)
    const { connectTimeoutMillis: millis, keepAliveMillis } = reachedBy(broker.options)
    const changes = new Changes()
    const connection = yield* connected(options, asked, broker, changes).pipe(
      Effect.timeoutOrElse({
        duration: millis,
        orElse: () => Effect.fail(new TimedOut({ during: "connect", millis }))
      }),
      Effect.mapError(fail)
    )
    if (connection.begun?.sessionPresent === false && memory.hadSession) {
      connection.countLostSession()
      yield* Receiver.reportError(fail(new SessionLost()))
    }
    memory.hadSession = true
    yield* Effect.forkScoped(keepAlive(connection, agreedMillis(keepAliveMillis, connection.begun)))
    return Stream.fromPull(Effect.succeed(pull(connection, changes, fail)))
  })

/** The broker may say another than was asked for. */
const agreedMillis = (asked: number, begun: Begun | undefined): number =>
  begun?.keepAliveSeconds === undefined ? asked : begun.keepAliveSeconds * 1000

/** Stands, and is subscribed; so much may wait by then that the answer to the subscription comes later. */
const connected = (
  options: Options<unknown>,
  asked: Checked,
  broker: MqttConnection["Service"],
  changes: Changes
): Effect.Effect<Connection, Reason, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    const tally = makeTally(options.name, yield* Effect.context())
    const opening = `${yield* Random.nextInt} ${yield* Random.nextInt}`
    const connection = yield* Effect.acquireRelease(
      Effect.map(dial(broker.address, broker.options.tls), (socket) =>
        new Connection(socket, {
          ...asked,
          level: reachedBy(broker.options).level,
          chunkOf: chunkOf(options, opening, tally),
          now: () => clock.currentTimeMillisUnsafe(),
          tally
        }, changes.tell)),
      close,
      { interruptible: true }
    )
    connection.send(connectOf(options, broker.options, asked))
    yield* until(connection, changes, () => connection.begun !== undefined)
    connection.send(subscribeOf(asked))
    yield* until(connection, changes, () => connection.isStanding)
    tally.opened()
    return connection
  })

const until = (connection: Connection, changes: Changes, isDone: () => boolean): Effect.Effect<void, Reason> =>
  Effect.suspend(() => {
    if (connection.ended !== undefined) return Effect.fail(connection.ended)
    return isDone() ? Effect.void : Effect.andThen(changes.next, until(connection, changes, isDone))
  })

/** What a batch that is on its way has taken is acknowledged once it is safe, so the socket may outlive the scope. */
const close = (connection: Connection): Effect.Effect<void> =>
  Effect.suspend(() => {
    connection.close()
    const gone = closed(connection.socket)
    const destroy = Effect.sync(() => connection.socket.destroy())
    const within = (millis: number) => Effect.andThen(Effect.timeoutOption(gone, millis), destroy)
    return connection.ended === undefined
      ? Effect.asVoid(Effect.forkDetach(within(lingerMillis)))
      : within(goodbyeMillis)
  })

const closed = (socket: Connection["socket"]): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (socket.closed) return resume(Effect.void)
    const ended = () => resume(Effect.void)
    socket.once("close", ended)
    return Effect.sync(() => socket.off("close", ended))
  })

const pull = (connection: Connection, changes: Changes, fail: (reason: Reason) => MqttError) => {
  const next: Effect.Effect<readonly [Receiver.Block<Chunk>], MqttError> = Effect.suspend(() => {
    const block = connection.take()
    if (block !== undefined) return Effect.succeed([block] as const)
    if (connection.ended !== undefined) return Effect.fail(fail(connection.ended))
    return Effect.andThen(changes.next, next)
  })
  return next
}

/** Wakes the one fiber that waits for something to change. */
class Changes {
  #waiting: (() => void) | undefined = undefined

  readonly tell = (): void => {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }

  readonly next = Effect.callback<void>((resume) => {
    this.#waiting = () => resume(Effect.void)
    return Effect.sync(() => {
      this.#waiting = undefined
    })
  })
}
