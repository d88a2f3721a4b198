/** One session on one socket: what came and was not taken, and what was taken and is not acknowledged. */
import type * as net from "node:net"
import type { Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
import { Cutter } from "./Cutter.ts"
import { encode, type Level, makeDecode, type Packet, type Publish } from "./driver.ts"
import { type Chunk } from "./Message.ts"
import {
  PacketTooLarge,
  ProtocolError,
  type Reason,
  reasonOfConnack,
  reasonOfDisconnect,
  reasonOfSocket,
  SubscriptionRefused
} from "./MqttError.ts"
import type { Tally } from "./metrics.ts"

export interface Settings {
  readonly level: Level
  readonly receiveMaximum: number
  readonly maxPacketBytes: number
  readonly subscriptions: ReadonlyArray<{ readonly filter: string; readonly qos: 0 | 1 | 2 }>
  /** Nothing for a message that is left out. */
  readonly chunkOf: (packet: Publish) => Chunk | undefined
  readonly now: () => number
  readonly tally: Tally
}

/** How the session began. */
export interface Begun {
  readonly sessionPresent: boolean
  readonly keepAliveSeconds: number | undefined
}

/** Beside a message's text: its object, its strings' heads. An estimate. */
const overheadBytes = 128
/** So many bytes may wait to be taken. */
const readyBytesMax = 4 * 1024 * 1024

const connack = 0x20
const puback = 0x40
const pubrec = 0x50

type Held = readonly [id: number, qos: 0 | 1 | 2]

export class Connection {
  readonly socket: net.Socket
  readonly #settings: Settings
  readonly #changed: () => void
  readonly #cutter: Cutter
  readonly #decode: (bytes: Buffer) => Packet
  #chunks: Array<Chunk> = []
  #held: Array<Held> = []
  #readyBytes = 0
  /** Messages of QoS 1 and 2 that were read and are not acknowledged. */
  readonly #unacknowledged = new Set<number>()
  /** Messages of QoS 2 that were acknowledged, and not yet released by the broker. */
  readonly #recorded = new Set<number>()
  #begun: Begun | undefined = undefined
  #isSubscribed = false
  #ended: Reason | undefined = undefined
  #isClosing = false
  #isPaused = false
  /** When something was read last, or could not be because there was no room. */
  lastHeard: number

  constructor(socket: net.Socket, settings: Settings, changed: () => void) {
    this.socket = socket
    this.#settings = settings
    this.#changed = changed
    this.#cutter = new Cutter(settings.maxPacketBytes)
    this.#decode = makeDecode(settings.level)
    this.lastHeard = settings.now()
    socket.on("data", (bytes: Buffer) => this.#read(bytes))
    socket.on("error", (error) => this.end(reasonOfSocket(error)))
    socket.once("close", () => this.end(reasonOfSocket({ code: "closed by the broker" })))
  }

  get begun(): Begun | undefined {
    return this.#begun
  }

  /** Whether it stands: it is subscribed, or so much waits already that the answer cannot be read yet. */
  get isStanding(): boolean {
    return this.#isSubscribed || (this.#begun !== undefined && this.#isFull)
  }

  get ended(): Reason | undefined {
    return this.#ended
  }

  get isReading(): boolean {
    return !this.#isPaused
  }

  countLostSession(): void {
    this.#settings.tally.sessionLost()
  }

  send(packet: Packet): void {
    if (this.#ended === undefined) this.socket.write(encode(packet, this.#settings.level))
  }

  /** What came since, as one block. */
  take(): Receiver.Block<Chunk> | undefined {
    const payload = this.#chunks
    if (payload.length === 0) return undefined
    const held = this.#held
    const block: Receiver.Block<Chunk> = {
      payload,
      records: payload.length,
      bytes: this.#readyBytes,
      acknowledge: Effect.sync(() => this.#acknowledge(held))
    }
    this.#chunks = []
    this.#held = []
    this.#readyBytes = 0
    this.#process()
    return block
  }

  /**
   * Reads no more. Where everything that was taken is acknowledged it says goodbye, else it waits for that; what was not
   * taken is left to the broker, which delivers it again.
   */
  close(): void {
    for (const [id] of this.#held) this.#unacknowledged.delete(id)
    this.#chunks = []
    this.#held = []
    this.#isClosing = true
    if (this.#ended !== undefined) return
    this.socket.pause()
    this.#finish()
  }

  /** Only the first end counts. */
  end(reason: Reason): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    // The broker delivers these again, but for those of QoS 0.
    this.#chunks = this.#chunks.filter(({ qos }) => qos === 0)
    this.#held = []
    this.#settings.tally.closed(reason)
    this.#settings.tally.unacknowledged(0)
    this.socket.destroy()
    this.#changed()
  }

  get #isFull(): boolean {
    const { receiveMaximum } = this.#settings
    return this.#unacknowledged.size >= receiveMaximum || this.#chunks.length >= receiveMaximum ||
      this.#readyBytes >= readyBytesMax
  }

  #read(bytes: Buffer): void {
    if (this.#isClosing) return
    this.lastHeard = this.#settings.now()
    // Whoever else listens there may never say enough for a packet.
    const isFirst = this.#begun === undefined && this.#cutter.pending === 0
    if (isFirst && bytes[0] !== connack) return this.end(new ProtocolError({ detail: "its first packet is no CONNACK" }))
    this.#cutter.push(bytes)
    this.#process()
  }

  /** Works off what was read as far as there is room, and reads on where all of it was. */
  #process(): void {
    const before = this.#chunks.length
    try {
      while (this.#ended === undefined && !this.#isClosing && !this.#isFull) {
        const bytes = this.#cutter.next()
        if (bytes === undefined) break
        this.#take(this.#parsed(bytes))
      }
    } catch (reason) {
      const isKnown = reason instanceof PacketTooLarge || reason instanceof ProtocolError
      this.end(isKnown ? reason : new ProtocolError({ detail: "a packet could not be handled" }))
    }
    this.#settings.tally.unacknowledged(this.#unacknowledged.size)
    this.#pace()
    if (before === 0 && this.#chunks.length > 0) this.#changed()
  }

  #pace(): void {
    if (this.#ended !== undefined || this.#isClosing || this.#isFull === this.#isPaused) return
    this.#isPaused = this.#isFull
    this.lastHeard = this.#settings.now()
    if (this.#isPaused) this.socket.pause()
    else this.socket.resume()
    this.#changed()
  }

  #parsed(bytes: Buffer): Packet {
    try {
      return this.#decode(bytes)
    } catch {
      throw new ProtocolError({ detail: "a packet cannot be read" })
    }
  }

  #take(packet: Packet): void {
    switch (packet.cmd) {
      case "connack": {
        const reason = reasonOfConnack(packet.reasonCode ?? packet.returnCode ?? 0)
        if (reason !== undefined) return this.end(reason)
        this.#begun = { sessionPresent: packet.sessionPresent, keepAliveSeconds: packet.properties?.serverKeepAlive }
        return this.#changed()
      }
      case "suback":
        return this.#subscribed(packet.granted)
      case "publish":
        return this.#published(packet)
      case "pubrel": {
        const messageId = packet.messageId ?? 0
        this.#recorded.delete(messageId)
        return this.send({ cmd: "pubcomp", messageId })
      }
      case "disconnect":
        return this.end(reasonOfDisconnect(packet.reasonCode ?? 0))
      case "pingresp":
        return
      default:
        throw new ProtocolError({ detail: `it sent a packet of kind ${packet.cmd}` })
    }
  }

  #subscribed(granted: ReadonlyArray<unknown>): void {
    for (const [index, { filter, qos }] of this.#settings.subscriptions.entries()) {
      const code = granted[index]
      if (code !== qos) return this.end(new SubscriptionRefused({ filter, code: typeof code === "number" ? code : 128 }))
    }
    this.#isSubscribed = true
    this.#changed()
  }

  #published(packet: Publish): void {
    const { messageId: id = 0, qos } = packet
    // Its first delivery on this connection is on its way, and will be acknowledged.
    if (qos > 0 && this.#unacknowledged.has(id)) return
    if (qos === 2 && this.#recorded.has(id)) return this.#write([[id, qos]])
    const chunk = this.#settings.chunkOf(packet)
    if (packet.dup) this.#settings.tally.duplicate()
    if (chunk === undefined) {
      if (qos > 0) this.#write([[id, qos]])
      return
    }
    this.#chunks.push(chunk)
    this.#readyBytes += packet.payload.length + packet.topic.length + overheadBytes
    if (qos === 0) return
    this.#held.push([id, qos])
    this.#unacknowledged.add(id)
  }

  #acknowledge(held: ReadonlyArray<Held>): void {
    if (this.#ended !== undefined) return
    for (const [id] of held) this.#unacknowledged.delete(id)
    if (held.length > 0) this.#write(held)
    if (this.#isClosing) this.#finish()
    else this.#process()
  }

  #write(held: ReadonlyArray<Held>): void {
    const bytes = Buffer.allocUnsafe(held.length * 4)
    for (const [index, [id, qos]] of held.entries()) {
      if (qos === 2) this.#recorded.add(id)
      bytes[index * 4] = qos === 2 ? pubrec : puback
      bytes[index * 4 + 1] = 2
      bytes.writeUInt16BE(id, index * 4 + 2)
    }
    this.socket.write(bytes)
    this.#settings.tally.acknowledged(held.length)
  }

  #finish(): void {
    if (this.#unacknowledged.size > 0 || this.#ended !== undefined) return
    const isBegun = this.#begun !== undefined
    if (isBegun) this.send({ cmd: "disconnect" })
    this.#ended = reasonOfSocket({ code: "closed by the receiver" })
    this.#settings.tally.closed(this.#ended)
    if (isBegun) this.socket.end()
    else this.socket.destroy()
    // What still comes is read and forgotten: closing on unread bytes would reset the connection, goodbye included.
    this.socket.resume()
    this.#changed()
  }
}
