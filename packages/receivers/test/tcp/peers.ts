/** Real peers on the loopback interface, and a receiver read by hand. */
import { once } from "node:events"
import * as net from "node:net"
import type { Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

export const host = "127.0.0.1"

/** A sender that a client receiver connects to; `sockets` gives its connections in the order in which they came. */
export const sender = Effect.gen(function*() {
  const sockets = yield* Queue.unbounded<net.Socket>()
  const open = new Set<net.Socket>()
  const server = yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const server = net.createServer((socket) => {
        open.add(socket)
        socket.on("error", () => {})
        Queue.offerUnsafe(sockets, socket)
      })
      server.listen(0, host)
      await once(server, "listening")
      return server
    }),
    (server) =>
      Effect.promise(async () => {
        for (const socket of open) socket.destroy()
        server.close()
        await once(server, "close")
      })
  )
  return { port: portOf(server), connection: Queue.take(sockets) }
})

export const portOf = (server: net.Server): number => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server does not listen at a port")
  return address.port
}

/** A client that sends to a listening receiver. */
export const client = (port: number, options: { readonly failing?: boolean } = {}) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const socket = net.connect({ host, port })
      socket.on("error", () => {})
      if (options.failing !== true) await once(socket, "connect")
      return socket
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

export const write = (socket: net.Socket, data: string | Uint8Array): Effect.Effect<void> =>
  Effect.callback((resume) => {
    socket.write(data, () => resume(Effect.void))
  })

export const closed = (socket: net.Socket): Effect.Effect<void> =>
  Effect.promise(async () => {
    socket.resume()
    if (!socket.closed) await once(socket, "close")
  })

/** Opens a receiver for as long as the scope lasts. Each pull gives the blocks that the engine would get at once. */
export const open = <A, E>(receiver: Receiver.Receiver<A, E>) =>
  Effect.gen(function*() {
    if (receiver.source._tag !== "Stream") throw new Error("a receiver that is pulled was expected")
    const stream = yield* receiver.source.open(Option.none())
    const pull = yield* Stream.toPull(stream)
    return {
      pull,
      /** Pulls until `count` records came, and gives all that came. */
      records: (count: number) =>
        Effect.gen(function*() {
          const records: Array<unknown> = []
          while (records.length < count) for (const block of yield* pull) records.push(...recordsOf(block))
          return records
        }),
      /** Pulls to the end; gives the records and why it ended. */
      rest: Effect.gen(function*() {
        const records: Array<unknown> = []
        const error = yield* Stream.runForEach(
          Stream.fromPull(Effect.succeed(pull)),
          (block) => Effect.sync(() => records.push(...recordsOf(block)))
        ).pipe(Effect.flip, Effect.option)
        return { records, error: Option.getOrUndefined(error) }
      })
    }
  })

/** Cuts text as `Decoder.split("\n")` does, and holds the block to its count. */
export const recordsOf = (block: Receiver.Block<unknown, unknown>): ReadonlyArray<unknown> => {
  const split = (chunk: unknown): ReadonlyArray<unknown> => typeof chunk === "string" ? chunk.split("\n") : [chunk]
  const records = block.payload.flatMap(split)
  if (records.length === block.records) return records
  throw new Error(`${records.length} records in a block that says ${block.records}`)
}

/** Waits until `condition` holds, turn by turn of the event loop. The test's own timeout is the deadline. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve))
  })

/** Waits until `value` stays what it is while the event loop turns many times. */
export const settled = (value: () => number): Effect.Effect<number> =>
  Effect.promise(async () => {
    let last = value()
    for (let turns = 0; turns < 500; turns++) {
      await new Promise((resolve) => setTimeout(resolve, turns % 50 === 49 ? 5 : 0))
      if (value() !== last) turns = 0
      last = value()
    }
    return last
  })
