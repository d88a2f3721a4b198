/** Pipelines with a checkpoint whose connections, processes and broker end at the worst moments. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { CheckpointStore, DStream, Pipeline } from "@millrace/core"
import * as Mqtt from "@millrace/receivers/Mqtt"
import { startMosquitto, type StartedMosquitto } from "@millrace/tool-services"
import { Effect, Schedule } from "effect"
import type { MqttClient } from "mqtt"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Asked, client, counted, eventually, freshName, isMissing, sessionExpiry, strings, subscribed, url } from "./broker.ts"
import { proxied } from "./proxy.ts"

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, n) => `${from + n}`)

/** Each with its own number as a user property, twenty at a time. */
const publishNumbered = (sender: MqttClient, topic: string, payloads: ReadonlyArray<string>, qos: 1 | 2) =>
  Effect.promise(async () => {
    for (let from = 0; from < payloads.length; from += 20) {
      await Promise.all(payloads.slice(from, from + 20).map((payload) =>
        sender.publishAsync(topic, payload, { qos, properties: { userProperties: { id: payload } } })))
    }
  })

/** An acknowledgement of QoS 1 or 2 is in it, at its front. */
const isAcknowledgement = (data: Buffer): boolean => data[0] === 0x40 || data[0] === 0x50

const sorted = (texts: ReadonlyArray<string>) => texts.toSorted((a, b) => Number(a) - Number(b))

/** Nothing is waited for longer than it takes. */
const restart = Schedule.spaced("20 millis")

const running = (options: Asked, found: Array<string>) => {
  const { connection, receiver } = strings(options)
  const payloads = DStream.map(DStream.fromReceiver(receiver), ({ payload }) => payload)
  const output = DStream.foreachBatch(payloads, "found", ({ items }) => Effect.sync(() => found.push(...items)))
  const pipeline = Pipeline.make(options.name, { batchInterval: "10 millis", outputs: [output] })
  return Effect.provide(Pipeline.start(pipeline), connection)
}

describe.skipIf(isMissing)("a pipeline with a checkpoint", () => {
  for (const qos of [1, 2] as const) {
    it.live(`loses and doubles nothing with deduplicateBy, when acknowledgements are lost with their connection: QoS ${qos}`, () =>
      Effect.gen(function*() {
        const topic = freshName()
        const through = yield* proxied()
        const deduplicateBy = (message: Mqtt.Message<Uint8Array>) => Mqtt.userProperty(message, "id")
        const options: Asked = { name: topic, url: through.url, clientId: topic, subscriptions: [topic], qos, sessionExpiry, receiveMaximum: 10, restart, deduplicateBy }
        yield* subscribed(options)
        let acknowledgements = 0
        through.filter((data) => !isAcknowledgement(data) || ++acknowledgements % 3 !== 0)
        const found: Array<string> = []
        const pipeline = yield* running(options, found)
        yield* publishNumbered(yield* client(), topic, numbers(0, 200), qos)
        yield* eventually("all came", () => new Set(found).size === 200)
        yield* pipeline.stop
        assert.deepStrictEqual(sorted(found), numbers(0, 200))
        assert.isAbove(through.connections().all, 3)
        assert.isAbove(yield* counted("redelivered_messages", topic), 0)
        assert.strictEqual(yield* counted("unidentified_messages", topic), 0)
      }).pipe(Effect.provide(CheckpointStore.layerMemory), Effect.scoped))
  }

  it.live("loses nothing without deduplicateBy, and says that it may double", () =>
    Effect.gen(function*() {
      const topic = freshName()
      const through = yield* proxied()
      const options: Asked = { name: topic, url: through.url, clientId: topic, subscriptions: [topic], sessionExpiry, receiveMaximum: 10, restart }
      yield* subscribed(options)
      let acknowledgements = 0
      through.filter((data) => !isAcknowledgement(data) || ++acknowledgements !== 2)
      const found: Array<string> = []
      const pipeline = yield* running(options, found)
      yield* publishNumbered(yield* client(), topic, numbers(0, 100), 1)
      yield* eventually("all came", () => new Set(found).size === 100)
      yield* pipeline.stop
      assert.isAbove(found.length, 100)
    }).pipe(Effect.provide(CheckpointStore.layerMemory), Effect.scoped))

  it.live("leaves nothing unacknowledged when it is stopped, with a checkpoint and without", () =>
    Effect.gen(function*() {
      for (const layer of [CheckpointStore.layerMemory, undefined]) {
        const topic = freshName()
        const options: Asked = { name: topic, url, clientId: topic, subscriptions: [topic], sessionExpiry, restart }
        yield* subscribed(options)
        yield* publishNumbered(yield* client(), topic, numbers(0, 20), 1)
        const found: Array<string> = []
        const once = Effect.scoped(Effect.gen(function*() {
          const pipeline = yield* running(options, found)
          yield* eventually("all came", () => found.length === 20)
          yield* pipeline.stop
        }))
        yield* layer === undefined ? once : Effect.provide(once, layer)
        yield* publishNumbered(yield* client(), topic, ["last"], 1)
        const rest: Array<string> = []
        yield* Effect.scoped(Effect.gen(function*() {
          const pipeline = yield* running(options, rest)
          yield* eventually("the last one came", () => rest.includes("last"))
          yield* pipeline.stop
        }))
        assert.deepStrictEqual([found, rest], [numbers(0, 20), ["last"]])
      }
    }).pipe(Effect.scoped))

  it.live("gives a message without a key as often as it comes, and counts it", () =>
    Effect.gen(function*() {
      const topic = freshName()
      const options: Asked = { name: topic, url, clientId: topic, subscriptions: [topic], sessionExpiry, restart, deduplicateBy: () => undefined }
      yield* subscribed(options)
      yield* publishNumbered(yield* client(), topic, ["7", "7", "7"], 1)
      const found: Array<string> = []
      const pipeline = yield* running(options, found)
      yield* eventually("all came", () => found.length === 3)
      yield* pipeline.stop
      assert.strictEqual(yield* counted("unidentified_messages", topic), 3)
    }).pipe(Effect.provide(CheckpointStore.layerMemory), Effect.scoped))
})

describe.skipIf(isMissing)("a broker that is stopped and started again under a pipeline", () => {
  let broker: StartedMosquitto | undefined
  beforeAll(async () => {
    const found = await startMosquitto()
    if ("server" in found) broker = found.server
  })
  afterAll(() => broker?.close())

  it.live("costs and doubles no message", () =>
    Effect.gen(function*() {
      assert(broker !== undefined)
      const { start, stop, url } = broker
      const topic = freshName()
      const deduplicateBy = (message: Mqtt.Message<Uint8Array>) => Mqtt.userProperty(message, "id")
      const options: Asked = { name: topic, url, clientId: topic, subscriptions: [topic], sessionExpiry, receiveMaximum: 10, restart, deduplicateBy }
      yield* subscribed(options)
      const found: Array<string> = []
      const pipeline = yield* running(options, found)
      for (let round = 0; round < 3; round++) {
        yield* Effect.scoped(Effect.flatMap(client({}, url), (sender) =>
          Effect.andThen(
            publishNumbered(sender, topic, numbers(round * 100, 100), 1),
            // While messages are on their way.
            Effect.promise(() => stop())
          )))
        yield* Effect.promise(() => start())
      }
      yield* eventually("all came", () => new Set(found).size === 300)
      yield* pipeline.stop
      assert.deepStrictEqual(sorted(found), numbers(0, 300))
    }).pipe(Effect.provide(CheckpointStore.layerMemory), Effect.scoped))
})

describe.skipIf(isMissing)("a process that is killed between journal and acknowledgement", () => {
  const written = (directory: string): ReadonlyArray<string> => {
    const out = join(directory, "out")
    if (!existsSync(out)) return []
    return readdirSync(out).toSorted().flatMap((name) => readFileSync(join(out, name), "utf8").split("\n").slice(0, -1))
  }

  for (const [qos, rounds] of [[1, 2], [2, 1]] as const) {
    it.live(`has every message once after it was started again: QoS ${qos}`, () =>
      Effect.gen(function*() {
        const topic = freshName()
        const directory = mkdtempSync(join(tmpdir(), "millrace-mqtt-"))
        yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(directory, { recursive: true, force: true })))
        const through = yield* proxied()
        yield* subscribed({ name: "messages", url, clientId: topic, subscriptions: [topic], qos, sessionExpiry: "1 minute" })
        let child: ChildProcess | undefined
        let stderr = ""
        let kills = 0
        const begin = Effect.acquireRelease(
          Effect.sync(() => {
            const args = ["--conditions=@millrace/source", join(import.meta.dirname, "killed.ts"), through.url, topic, String(qos), directory]
            const started = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] })
            started.stderr.on("data", (data) => stderr += String(data))
            child = started
            return started
          }),
          (started) => Effect.sync(() => started.kill("SIGKILL"))
        )
        const ended = (process: ChildProcess) => eventually("it has ended", () => process.exitCode !== null || process.signalCode !== null)
        yield* publishNumbered(yield* client(), topic, numbers(0, 100), qos)
        for (let round = 0; round < rounds; round++) {
          let acknowledgements = 0
          through.filter((data) => {
            if (!isAcknowledgement(data) || ++acknowledgements <= 1) return true
            // The journal has the messages; the broker will never hear of it.
            if (acknowledgements === 2) {
              kills++
              child?.kill("SIGKILL")
            }
            return false
          })
          yield* Effect.scoped(Effect.flatMap(begin, ended))
        }
        through.filter(() => true)
        yield* Effect.scoped(Effect.gen(function*() {
          const last = yield* begin
          yield* Effect.onError(
            eventually("all are there", () => new Set(written(directory)).size === 100),
            () => Effect.logError(stderr)
          )
          last.kill("SIGTERM")
          yield* ended(last)
          assert.strictEqual(last.exitCode, 0, stderr)
        }))
        assert.strictEqual(kills, rounds)
        assert.deepStrictEqual(sorted(written(directory)), numbers(0, 100))
      }).pipe(Effect.scoped), 120_000)
  }
})
