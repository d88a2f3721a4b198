/** One socket read through a framer, no faster than it is asked. */
import type * as net from "node:net"
import { type Framed, type Framer, nothing } from "./Frame.ts"
import type { Address } from "./Options.ts"
import type { Tally } from "./metrics.ts"
import { BadFrame, Disconnected, type Reason, reasonOfSocket } from "./TcpError.ts"

/** What is asked of a connection, whichever side opened it. */
export interface Reading {
  /** What becomes of the beginning of a record when its connection ends. */
  readonly onPartial: "emit" | "drop"
  /** Bytes that are held as blocks before the socket is paused. */
  readonly bytesMax: number
  /** Told how many more bytes, or fewer, are kept of a record that is not whole. */
  readonly held?: (bytes: number) => void
  readonly now: () => number
  readonly tally: Tally
}

/** The other side of a socket. */
export const peerOf = ({ remoteAddress, remotePort }: net.Socket): Address => ({
  host: remoteAddress ?? "",
  port: remotePort ?? 0
})

/** Nor are more blocks held than this, however small they are. */
const blocksMax = 64

/**
 * Frames what arrives as it arrives and holds a few blocks of it. When nobody takes them the socket is paused: Node
 * stops reading, the buffers of the two kernels fill, and the peer's writes wait. Nothing is lost when the peer closes
 * or resets meanwhile: what Node had read is framed before the end is told.
 */
export class Connection<A> {
  readonly socket: net.Socket
  readonly framer: Framer<A>
  readonly peer: Address
  readonly #reading: Reading
  readonly #changed: () => void
  #ready: Array<Framed<A>> = []
  #readyBytes = 0
  #held = 0
  #ended: Reason | undefined = undefined
  #paused = true
  #draining = false
  #skipped = 0
  #replaced = 0
  /** When a byte last came, or reading began again. */
  lastRead: number

  /** The socket is paused. `changed` is called when there is a block where there was none, and at the end. */
  constructor(socket: net.Socket, framer: Framer<A>, reading: Reading, changed: () => void) {
    this.socket = socket
    this.peer = peerOf(socket)
    this.framer = framer
    this.#reading = reading
    this.#changed = changed
    this.lastRead = reading.now()
    socket.on("data", (bytes: Buffer) => this.#read(bytes))
    socket.on("end", () => this.end(closedInOrder))
    socket.on("error", (error) => this.end((partialBytes) => reasonOfSocket(error, partialBytes)))
    socket.on("close", () => this.end(closedInOrder))
  }

  get hasReady(): boolean {
    return this.#ready.length > 0
  }

  /** Why it ended, once everything that came was taken. */
  get ended(): Reason | undefined {
    return this.#ready.length === 0 ? this.#ended : undefined
  }

  /** Whether bytes are wanted, so that their absence means something. */
  get isReading(): boolean {
    return !this.#paused && this.#ended === undefined
  }

  /** Takes what is there and reads on. */
  take(): ReadonlyArray<Framed<A>> {
    const ready = this.#ready
    this.#ready = []
    this.#readyBytes = 0
    this.read()
    return ready
  }

  /** Reads on if it was paused. */
  read(): void {
    if (!this.#paused || this.#ended !== undefined) return
    this.#paused = false
    this.lastRead = this.#reading.now()
    const { destroyed, errored } = this.socket
    if (destroyed) this.end((partialBytes) => reasonOfSocket(errored ?? { code: "CLOSED" }, partialBytes))
    else this.socket.resume()
  }

  /** Frames what Node has read, then ends for the reason that fits the bytes left over. Only the first end counts. */
  end(reason: (partialBytes: number) => Reason): void {
    if (this.#ended !== undefined || this.#draining) return
    this.#draining = true
    for (let bytes = this.socket.read(); bytes !== null && this.#ended === undefined; bytes = this.socket.read()) {
      this.#frame(bytes)
    }
    if (this.#ended !== undefined) return
    const partialBytes = this.framer.pending
    if (partialBytes > 0) this.#reading.tally.partial()
    const framed = partialBytes === 0 || this.#reading.onPartial === "emit" ? framing(() => this.framer.end()) : nothing
    this.#keep(framed)
    this.#finish(framed.failure ?? reason(partialBytes))
  }

  #read(bytes: Buffer): void {
    if (this.#ended !== undefined || this.#draining) return
    this.lastRead = this.#reading.now()
    this.#frame(bytes)
    const isFull = this.#readyBytes >= this.#reading.bytesMax || this.#ready.length >= blocksMax
    if (!isFull || this.#paused || this.#ended !== undefined) return
    this.#paused = true
    this.socket.pause()
  }

  #frame(bytes: Uint8Array): void {
    const framed = framing(() => this.framer.push(bytes))
    this.#keep(framed)
    this.#count()
    if (framed.failure !== undefined && this.#ended === undefined) this.#finish(framed.failure)
  }

  #finish(reason: Reason): void {
    this.#ended = reason
    this.#count()
    this.#reading.tally.closed(reason)
    this.socket.destroy()
    this.#changed()
  }

  /** Tells what the framer passed over, replaced and keeps, as far as it was not told. */
  #count(): void {
    const { replaced = 0, skipped = 0 } = this.framer
    if (skipped > this.#skipped) this.#reading.tally.skipped(skipped - this.#skipped)
    if (replaced > this.#replaced) this.#reading.tally.replaced(replaced - this.#replaced)
    const held = this.#ended === undefined ? this.framer.pending : 0
    const more = held - this.#held
    this.#skipped = skipped
    this.#replaced = replaced
    this.#held = held
    if (more !== 0) this.#reading.held?.(more)
  }

  #keep(framed: Framed<A>): void {
    if (framed.records === 0) return
    this.#ready.push(framed)
    this.#readyBytes += framed.bytes
    if (this.#ready.length === 1) this.#changed()
  }
}

/** A framer that throws has found bytes it does not know, or is wrong: this connection cannot be read on. */
const framing = <A>(f: () => Framed<A>): Framed<A> => {
  try {
    return f()
  } catch (cause) {
    return { ...nothing, failure: new BadFrame({ detail: "its framer threw", cause }) }
  }
}

const closedInOrder = (partialBytes: number): Reason => new Disconnected({ code: "END", partialBytes })
