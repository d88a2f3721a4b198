/** Orders over a socket: the application sees `Order`s, the lines stay in here. */
import { type Lines, Receiver } from "@millrace/core"
import { Array as Arr, Data, Effect, Result, Stream } from "effect"
import { connect } from "node:net"
import type { Found } from "./assemble.ts"
import type { Order } from "./Order.ts"
import type { OrderError } from "./OrderError.ts"
import { OrderReader } from "./OrderReader.ts"

/** The socket broke or never stood. The receiver is opened again; the order it was in the middle of is lost. */
export class ConnectionFailed extends Data.TaggedError("ConnectionFailed")<{ readonly cause: unknown }> {
  readonly isRetryable = true

  override get message() {
    return this.cause instanceof Error ? this.cause.message : String(this.cause)
  }
}

export interface Options extends Receiver.Options {
  readonly host: string
  readonly port: number
  /** `"report"` (the default) logs and counts what is wrong and goes on; `"fail"` ends the receiver with it. */
  readonly onError?: "report" | "fail" | undefined
}

/** The end of the connection is the end of the receiver. Each connection has a reader of its own. */
export const orders = (
  options: Options
): Receiver.Receiver<Order, OrderError | ConnectionFailed | Lines.LinesError | Receiver.ReceiverError> =>
  Receiver.push(options, ({ end, reportError, store }: Receiver.Push<Order>) =>
    Effect.gen(function*() {
      const reader = new OrderReader()
      const handle = Effect.fnUntraced(function*(found: ReadonlyArray<Found>) {
        const [kept, failure] = options.onError === "fail" ? untilFailure(found) : [found, undefined]
        yield* store(Arr.getSuccesses(kept))
        if (failure !== undefined) return yield* failure
        yield* Effect.forEach(Arr.getFailures(kept), reportError, { discard: true })
        if (reader.failure !== undefined) return yield* reader.failure
      })
      yield* Stream.runForEach(bytes(options.host, options.port), (chunk) => handle(reader.push(chunk)))
      yield* handle(reader.end())
      yield* end
    }))

const untilFailure = (found: ReadonlyArray<Found>): readonly [ReadonlyArray<Found>, OrderError | undefined] => {
  const index = found.findIndex(Result.isFailure)
  return index === -1 ? [found, undefined] : [found.slice(0, index), Arr.getFailures(found)[0]]
}

/** What comes over one connection, read only as fast as it is taken. */
const bytes = (host: string, port: number): Stream.Stream<Uint8Array, ConnectionFailed> =>
  Stream.unwrap(Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => connect({ host, port })),
      (socket) => Effect.sync(() => socket.destroy())
    ),
    (socket) =>
      Stream.fromAsyncIterable<Uint8Array, ConnectionFailed>(socket, (cause) => new ConnectionFailed({ cause }))
  ))
