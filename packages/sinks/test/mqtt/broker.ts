/** The Mosquitto of the tests, those who listen to it, and a broker that acknowledges when it is told to. */
import type { Batch } from "@millrace/core"
import * as Mqtt from "@millrace/sinks/Mqtt"
import { mosquitto } from "@millrace/tool-services"
import { Effect } from "effect"
import { connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt"
import { generate, type Packet, parser } from "mqtt-packet"
import { randomUUID } from "node:crypto"
import { connect, createServer, type Server, type Socket } from "node:net"

const server = await mosquitto()

/** Whether there is none, and the tests are skipped. */
export const isMissing = server === undefined

export const url = server?.url ?? "mqtt://nowhere"

/** A name that no other test has, for topics and clients. */
export const freshName = (): string => `millrace-${randomUUID().slice(0, 13)}`

export const client = (options: IClientOptions = {}, to = url) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = await connectAsync(to, { protocolVersion: 5, reconnectPeriod: 0, clientId: freshName(), ...options })
      client.on("error", () => {})
      return client
    }),
    (client: MqttClient) => Effect.promise(() => client.endAsync(true))
  )

/** Keeps what comes, in its order. */
export const listening = (filter: string, options: IClientOptions = {}, to = url) =>
  Effect.gen(function*() {
    const seen: Array<IPublishPacket> = []
    const listener = yield* client(options, to)
    listener.on("message", (_topic, _payload, packet) => seen.push(packet))
    yield* Effect.promise(() => listener.subscribeAsync(filter, { qos: 2 }))
    return seen
  })

export const texts = (packets: ReadonlyArray<IPublishPacket>) => packets.map(({ payload }) => payload.toString())

export const identity = { pipeline: "tests", output: "out", epoch: 1 }

export const batchOf = <A>(id: number, items: ReadonlyArray<A>): Batch.Batch<A> => ({ id, time: id * 1000, items })

/** What a test asks for, of its broker and of its sink. */
export type Asked<A> = Mqtt.PublishOptions<A> & Mqtt.ConnectionOptions

/** Opens the sink at its broker, to commit batches by hand. */
export const opened = <A>(options: Asked<A>) => {
  const broker = Mqtt.layer(options)
  return Effect.map(Effect.provide(Mqtt.publish(options).open(identity), broker), ({ commit }) => ({
    commit: (batch: Batch.Batch<A>) => Effect.provide(commit(batch), broker)
  }))
}

/** Opens a sink, commits batches of these items, and closes it. */
export const commit = <A>(options: Asked<A>, ...batches: ReadonlyArray<ReadonlyArray<A>>) =>
  Effect.scoped(Effect.flatMap(opened(options), (writer) =>
    Effect.forEach(batches, (items, index) => writer.commit(batchOf(index + 1, items)), { discard: true })))

export const eventually = (what: string, isTrue: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    const deadline = performance.now() + 30_000
    while (!isTrue()) {
      if (performance.now() > deadline) throw new Error(`not within half a minute: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })

const listen = (server: Server) =>
  Effect.callback<string>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(`mqtt://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`))
    })
  })

const serving = (onConnection: (socket: Socket) => void) =>
  Effect.gen(function*() {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on("error", () => {})
      onConnection(socket)
    })
    const cut = () => {
      for (const socket of sockets) socket.destroy()
    }
    yield* Effect.addFinalizer(() => Effect.sync(() => {
      server.close()
      cut()
    }))
    return { url: yield* listen(server), cut }
  })

/** Takes everybody in, and answers each packet as it is told to. */
export const scripted = (answer: (packet: Packet) => Packet | undefined) =>
  Effect.gen(function*() {
    const seen: Array<Packet> = []
    let reply = (_packet: Packet) => {}
    const { url } = yield* serving((socket) => {
      const reading = parser({ protocolVersion: 5 })
      reply = (packet) => socket.write(generate(packet, { protocolVersion: 5 }))
      reading.on("packet", (packet) => {
        seen.push(packet)
        const answered = answer(packet)
        if (answered !== undefined) reply(answered)
      })
      socket.on("data", (data) => reading.parse(data))
    })
    return { url, seen, reply: (packet: Packet) => reply(packet) }
  })

/** A way to the broker that breaks before an answer where `passes` says so. */
export const proxied = (passes: (answer: Buffer) => boolean, to = url) =>
  serving((client) => {
    const { hostname, port } = new URL(to)
    const upstream = connect(Number(port || 1883), hostname)
    upstream.on("error", () => client.destroy())
    client.on("close", () => upstream.destroy())
    upstream.on("close", () => client.destroy())
    client.on("data", (data) => upstream.write(data))
    upstream.on("data", (data) => {
      if (passes(data)) client.write(data)
      else client.destroy()
    })
  })
