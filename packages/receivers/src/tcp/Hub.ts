/** The connections of a server, read in turn. */
import type * as net from "node:net"
import type { Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
import { type Blocks, blocksOf } from "./blocks.ts"
import { Connection, peerOf, type Reading } from "./Connection.ts"
import type { Frame } from "./Frame.ts"
import type { Address } from "./Options.ts"
import { PartialsTooLarge, type Reason } from "./TcpError.ts"

/** What each connection may hold. */
const bytesMax = 64 * 1024
/** So many connections are served at once. */
const turnMax = 16

export interface HubOptions extends Pick<Reading, "onPartial" | "now" | "tally"> {
  readonly maxPartialBytes: number
  readonly closed: (peer: Address, reason: Reason) => void
}

/**
 * Each connection holds little and waits for its turn, so one that floods gets no more than one that trickles: those
 * with something to give stand in a queue, are served from its head, and go to its end.
 */
export class Hub<A> {
  readonly connections = new Set<Connection<A>>()
  readonly #frame: Frame<A>
  readonly #options: HubOptions
  readonly #queue = new Set<Connection<A>>()
  #partialBytes = 0
  #wake: (() => void) | undefined = undefined

  constructor(frame: Frame<A>, options: HubOptions) {
    this.#frame = frame
    this.#options = options
  }

  /** The blocks of the next connections in turn, once there are some. */
  readonly pull: Effect.Effect<Blocks<A>> = Effect.suspend(() => {
    const blocks = this.#serve()
    return blocks === undefined ? Effect.andThen(this.#changed, this.pull) : Effect.succeed(blocks)
  })

  /** Reads a new connection. */
  accept(socket: net.Socket): void {
    const { now, onPartial, tally } = this.#options
    const connection: Connection<A> = new Connection(socket, this.#frame.framer(), {
      onPartial,
      bytesMax,
      now,
      tally,
      held: (bytes) => this.#held(bytes)
    }, () => {
      if (connection.hasReady) this.#enqueue(connection)
      else this.#leave(connection)
    })
    tally.opened()
    this.connections.add(connection)
    connection.read()
  }

  /** A connection that never stood. */
  turnAway(socket: net.Socket, reason: Reason): void {
    this.#options.tally.closed(reason)
    this.#options.closed(peerOf(socket), reason)
    socket.destroy()
  }

  /** A connection beyond the allowed number. */
  refuse(): void {
    this.#options.tally.refused()
  }

  #enqueue(connection: Connection<A>): void {
    this.#queue.add(connection)
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  #serve(): Blocks<A> | undefined {
    const blocks: Array<Receiver.Block<A>> = []
    let turns = 0
    for (const connection of this.#queue) {
      if (turns++ === turnMax) break
      this.#queue.delete(connection)
      blocks.push(...connection.take())
      this.#leave(connection)
    }
    return blocksOf(blocks)
  }

  /** Forgets a connection that has ended and has nothing more to give. */
  #leave(connection: Connection<A>): void {
    const reason = connection.ended
    if (reason !== undefined && this.connections.delete(connection)) this.#options.closed(connection.peer, reason)
  }

  /** Where memory runs short the one that holds most goes, so that many small ones are not ended by a large one. */
  #held(bytes: number): void {
    this.#partialBytes += bytes
    if (bytes < 0 || this.#partialBytes <= this.#options.maxPartialBytes) return
    let largest: Connection<A> | undefined
    for (const connection of this.connections) {
      if (connection.framer.pending > (largest?.framer.pending ?? 0)) largest = connection
    }
    largest?.end(() => new PartialsTooLarge({ limit: this.#options.maxPartialBytes }))
  }

  readonly #changed = Effect.callback<void>((resume) => {
    this.#wake = () => resume(Effect.void)
    return Effect.sync(() => {
      this.#wake = undefined
    })
  })
}
