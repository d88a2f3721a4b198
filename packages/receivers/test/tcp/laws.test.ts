import { describe, it } from "@effect/vitest"
import { ReceiverLaws } from "@millrace/core/testing"
import * as Tcp from "@millrace/receivers/Tcp"
import { Arbitrary, Clock, Effect, Schema, type Scope } from "effect"
import { once } from "node:events"
import * as net from "node:net"
import { host, portOf } from "./peers.ts"

/** Counts peers whose side of a connection is open. */
class Peers {
  private readonly open = new Set<net.Socket>()

  send(socket: net.Socket, bytes: Uint8Array): void {
    this.open.add(socket)
    socket.on("error", () => {})
    socket.once("close", () => this.open.delete(socket))
    socket.resume()
    socket.write(bytes)
  }

  /** A peer hears a little later that the other side is closed. One that hears nothing for so long never will. */
  readonly left: Effect.Effect<number> = Effect.gen({ self: this }, function*() {
    for (let waited = 0; this.open.size > 0 && waited < 2_000; waited += 5) yield* Effect.sleep("5 millis")
    return this.open.size
  }).pipe(Effect.provideService(Clock.Clock, Clock.Clock.defaultValue()))

  destroy(): void {
    for (const socket of this.open) socket.destroy()
  }
}

const peers = Effect.acquireRelease(Effect.sync(() => new Peers()), (peers) => Effect.sync(() => peers.destroy()))

/** A server that sends the same to everyone who connects, and no more. */
const serving = Effect.fnUntraced(function*(bytes: Uint8Array) {
  const sending = yield* peers
  const server = yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        sending.send(socket, bytes)
        socket.end()
      }).listen(0, host)
      await once(server, "listening")
      return server
    }),
    (server) => Effect.sync(() => server.close())
  )
  return { port: portOf(server), open: sending.left }
})

/** One who sends the same to a receiver each time that it listens, and then stays. */
const calling = Effect.fnUntraced(function*(bytes: Uint8Array) {
  const sending = yield* peers
  const onListening = ({ port }: Tcp.Address) => Effect.sync(() => sending.send(net.connect({ host, port }), bytes))
  return { onListening, open: sending.left }
})

const common = { delivery: "Unreplayable", runs: 25 } as const
/** What is in the buffers of two kernels was taken from its source, and nobody can say how much that is. */
const unobservable = ["taken"] as const

const laws = <A, E>(title: string, options: ReceiverLaws.Options<A, E, never, Scope.Scope>): void => {
  describe(title, () => {
    for (const law of ReceiverLaws.all(options)) it.live(law.name, () => law.check)
  })
}

describe("the laws of receivers", () => {
  const line = Arbitrary.map(
    Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "é", " ", "\r", "\0", "😀", "\u2028"])), { maxLength: 6 }),
    (characters) => `${characters.join("")}.`
  )
  const textOf = (lines: ReadonlyArray<string>) => Buffer.from(lines.map((line) => `${line}\n`).join(""))
  const byte = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
  const frame = Arbitrary.map(Arbitrary.array(byte, { maxLength: 9 }), (bytes) => Uint8Array.from(bytes))
  const prefixed = (frames: ReadonlyArray<Uint8Array>) =>
    Buffer.concat(frames.flatMap((frame) => [Uint8Array.of(0, 0, 0, frame.length), frame]))
  const pair = Arbitrary.map(Arbitrary.all([byte, byte]), (bytes) => Uint8Array.from(bytes))

  laws("Tcp.lines", {
    ...common,
    item: line,
    make: (records) =>
      Effect.map(serving(textOf(records)), ({ open, port }) => ({
        receiver: Tcp.lines({ name: "lines", host, port, onEnd: "end" }),
        open
      })),
    unobservable
  })

  laws("Tcp.bytes", {
    ...common,
    item: frame,
    make: (records) =>
      Effect.map(serving(prefixed(records)), ({ open, port }) => ({
        receiver: Tcp.bytes({ name: "bytes", host, port, onEnd: "end", frame: Tcp.lengthPrefixed() }),
        open
      })),
    unobservable
  })

  laws("Tcp.listenLines", {
    ...common,
    item: line,
    endless: true,
    make: (records) =>
      Effect.map(calling(textOf(records)), ({ onListening, open }) => ({
        receiver: Tcp.listenLines({ name: "listenLines", port: 0, onListening }),
        open
      })),
    unobservable
  })

  laws("Tcp.listenBytes", {
    ...common,
    item: pair,
    endless: true,
    make: (records) =>
      Effect.map(calling(Buffer.concat(records)), ({ onListening, open }) => ({
        receiver: Tcp.listenBytes({ name: "listenBytes", port: 0, frame: Tcp.fixedLength(2), onListening }),
        open
      })),
    unobservable
  })
})
