import { assert, describe, it } from "@effect/vitest"
import { fork } from "node:child_process"
import { once } from "node:events"
import { DStream, Pipeline, type PipelineEvent, type Receiver } from "@millrace/core"
import * as Tcp from "@millrace/receivers/Tcp"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Order } from "./peerProcess.ts"
import { client, closed, host, sender, until, write } from "./peers.ts"

/** Starts a sender in another process; it is killed with the scope, if it was not before. */
const peer = (port: number) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = fork(`${import.meta.dirname}/peerProcess.ts`, [String(port)], { execArgv: [] })
      const [listensAt] = await once(child, "message")
      return { child, port: Number(listensAt) }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(Effect.map(({ child, port }) => ({
    port,
    write: (order: Order) =>
      Effect.promise(async () => {
        child.send(order)
        await once(child, "message")
      }),
    kill: Effect.promise(async () => {
      child.kill("SIGKILL")
      await once(child, "exit")
    })
  })))

const numbered = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `line ${first + index}`)

/** Runs a pipeline over the receiver; keeps the lines it gets and what went wrong. */
const running = (receiver: Receiver.Receiver<string, Tcp.TcpError>) =>
  Effect.gen(function*() {
    const received: Array<string> = []
    const errors: Array<string> = []
    const lines = DStream.fromReceiver(receiver)
    const output = DStream.foreachBatch(lines, "kept", ({ items }) => Effect.sync(() => received.push(...items)))
    const pipeline = Pipeline.make("keeping", { batchInterval: "20 millis", initialRate: 1e7, outputs: [output] })
    const { awaitTermination, events, stop } = yield* Pipeline.start(pipeline)
    const keepErrors = (event: PipelineEvent) =>
      Effect.sync(() => {
        if (event._tag === "ReceiverError") errors.push(event.error)
      })
    yield* Effect.forkScoped(Stream.runForEach(events, keepErrors), { startImmediately: true })
    return { received, errors, stop, awaitTermination }
  })

describe("Tcp.lines in a pipeline", () => {
  it.live("a peer killed in the middle of a line and started again: every line once, the begun one by itself", () =>
    Effect.gen(function*() {
      const first = yield* peer(0)
      const { errors, received, stop } = yield* running(Tcp.lines({ name: "peer", host, port: first.port }))
      yield* first.write({ first: 1, last: 20_000, tail: "line 200" })
      yield* first.kill
      yield* until(() => errors.length > 1)
      const second = yield* peer(first.port)
      yield* second.write({ first: 20_001, last: 30_000, tail: "line 300" })
      yield* second.kill
      const third = yield* peer(first.port)
      yield* third.write({ first: 30_001, last: 30_001, tail: "" })
      yield* until(() => received.at(-1) === "line 30001")
      yield* stop
      const expected = [...numbered(1, 20_000), "line 200", ...numbered(20_001, 30_000), "line 300", "line 30001"]
      assert.deepStrictEqual(received, expected)
      assert.include(errors[0], "the peer closed the connection 8 bytes into a record")
      assert.include(errors[1], "nobody listens there")
    }))

  it.live("ends when the peer closes and it was told to end, after the last line", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = Tcp.lines({ name: "peer", host, port, onEnd: "end" })
      const { awaitTermination, errors, received } = yield* running(receiver)
      ;(yield* connection).end("to be\r\nor not\n\nto be")
      assert.isTrue(yield* awaitTermination())
      assert.deepStrictEqual([received, errors], [["to be", "or not", "", "to be"], []])
    }))

  it.live("fails the pipeline with the error of the receiver where trying again cannot help", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const { awaitTermination, received } = yield* running(Tcp.lines({ name: "peer", host, port, maxLineLength: 8 }))
      const socket = yield* connection
      yield* write(socket, "short\nlonger than that\n")
      const error = yield* Effect.flip(awaitTermination())
      assert.include(error.message, "is longer than 8 bytes")
      assert.deepStrictEqual(received, ["short"])
      yield* closed(socket)
    }))
})

describe("Tcp.listenLines in a pipeline", () => {
  it.live("lives through a bad connection and reports it, and says nothing of one that leaves in order", () =>
    Effect.gen(function*() {
      const address = yield* Deferred.make<Tcp.Address>()
      const onListening = (at: Tcp.Address) => Effect.asVoid(Deferred.succeed(address, at))
      const receiver = Tcp.listenLines({ name: "server", port: 0, maxLineLength: 8, onListening })
      const { errors, received, stop } = yield* running(receiver)
      const { port } = yield* Deferred.await(address)
      ;(yield* client(port)).end("good\n")
      yield* until(() => received.includes("good"))
      yield* write(yield* client(port), "longer than that\n")
      yield* until(() => errors.length > 0)
      yield* write(yield* client(port), "still\n")
      yield* until(() => received.includes("still"))
      yield* stop
      assert.deepStrictEqual(received, ["good", "still"])
      assert.strictEqual(errors.length, 1)
      assert.include(errors[0], "is longer than 8 bytes")
    }))
})
