import { assert, describe, it } from "@effect/vitest"
import * as Tcp from "@millrace/receivers/Tcp"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { counted } from "./counted.ts"
import { client, closed, open, recordsOf, settled, until, write } from "./peers.ts"

type Options = Omit<Parameters<typeof Tcp.listenLines>[0], "host" | "port" | "onListening">

/** Opens a listening receiver and learns its port. */
const listening = (options: Options) =>
  Effect.gen(function*() {
    const address = yield* Deferred.make<Tcp.Address>()
    const receiver = Tcp.listenLines({
      ...options,
      port: 0,
      onListening: (at) => Effect.asVoid(Deferred.succeed(address, at))
    })
    const opened = yield* open(receiver)
    return { ...opened, ...(yield* Deferred.await(address)) }
  })

describe("Tcp.listenLines", () => {
  it.live("listens at the loopback address, says at which port, and takes lines from everyone", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "all" })
      assert.strictEqual(server.host, "127.0.0.1")
      const [left, right] = [yield* client(server.port), yield* client(server.port)]
      yield* write(left, "a1\na2\nhalf")
      yield* write(right, "b1\n")
      assert.deepStrictEqual((yield* server.records(3)).toSorted(), ["a1", "a2", "b1"])
      yield* write(right, "b2\n")
      yield* write(left, " a3\n")
      assert.deepStrictEqual((yield* server.records(2)).toSorted(), ["b2", "half a3"])
      assert.strictEqual(yield* counted("opened_connections", "all"), 2)
    }))

  it.live("takes what a connection leaves without an ending as its line, and no one else's", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "left" })
      for (const text of ["a1\na2", "b1\n", "c1"]) (yield* client(server.port)).end(text)
      assert.deepStrictEqual((yield* server.records(4)).toSorted(), ["a1", "a2", "b1", "c1"])
      assert.strictEqual(yield* counted("partial_records", "left"), 2)
    }))

  it.live("says that the address is in use", () =>
    Effect.gen(function*() {
      const { port } = yield* listening({ name: "first" })
      const error = yield* Effect.flip(open(Tcp.listenLines({ name: "second", port })))
      assert.deepStrictEqual(error.reason, new Tcp.AddressInUse())
      assert.strictEqual(
        error.message,
        `receiver "second", 127.0.0.1:${port}: the address is in use; stop who listens there, or choose another port`
      )
    }))

  it.live("says that an address is none of this machine, and refuses ports and caps that are none", () =>
    Effect.gen(function*() {
      const reason = (options: Parameters<typeof Tcp.listenLines>[0]) =>
        Effect.map(Effect.flip(open(Tcp.listenLines(options))), ({ reason }) => reason._tag)
      assert.strictEqual(yield* reason({ name: "foreign", host: "192.0.2.1", port: 0 }), "ListenFailed")
      assert.strictEqual(yield* reason({ name: "port", port: 65_536 }), "InvalidOption")
      assert.strictEqual(yield* reason({ name: "cap", port: 0, maxConnections: 0 }), "InvalidOption")
    }))

  it.live("closes its connections and its port with its scope, so that it can be opened again at once", () =>
    Effect.gen(function*() {
      const port = yield* Effect.scoped(Effect.gen(function*() {
        const server = yield* listening({ name: "again" })
        const socket = yield* client(server.port)
        yield* write(socket, "one\n")
        yield* server.records(1)
        return server.port
      }))
      yield* open(Tcp.listenLines({ name: "again", port }))
      yield* write(yield* client(port), "two\n")
    }))
})

describe("Tcp.listenLines, bad connections", () => {
  it.live("a line that is too long ends its connection and no other", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "bad", maxLineLength: 5 })
      const [good, bad] = [yield* client(server.port), yield* client(server.port)]
      yield* write(bad, "ok\nfar too long\n")
      assert.deepStrictEqual(yield* server.records(1), ["ok"])
      yield* closed(bad)
      yield* write(good, "fine\n")
      assert.deepStrictEqual(yield* server.records(1), ["fine"])
      assert.strictEqual(yield* counted("closed_connections", "bad", { reason: "LineTooLong" }), 1)
    }))

  it.live("a reset in the middle of a frame disturbs no other", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "resets", onPartial: "drop" })
      const [good, bad] = [yield* client(server.port), yield* client(server.port)]
      yield* write(bad, "one\nhal")
      assert.deepStrictEqual(yield* server.records(1), ["one"])
      bad.resetAndDestroy()
      yield* write(good, "two\n")
      assert.deepStrictEqual(yield* server.records(1), ["two"])
      while ((yield* counted("partial_records", "resets")) === 0) yield* Effect.yieldNow
    }))

  it.live("a framer that throws ends its connection and no other", () =>
    Effect.gen(function*() {
      const address = yield* Deferred.make<Tcp.Address>()
      const frame: Tcp.Frame<number> = {
        framer: () => ({
          push: (bytes) => {
            if (bytes[0] === 0) throw new Error("zero")
            return { payload: [...bytes], records: bytes.length, bytes: bytes.length }
          },
          end: () => ({ payload: [], records: 0, bytes: 0 }),
          pending: 0
        })
      }
      const onListening = (at: Tcp.Address) => Effect.asVoid(Deferred.succeed(address, at))
      const receiver = yield* open(Tcp.listenBytes({ name: "throws", port: 0, frame, onListening }))
      const { port } = yield* Deferred.await(address)
      const [good, bad] = [yield* client(port), yield* client(port)]
      yield* write(bad, Uint8Array.of(0))
      yield* closed(bad)
      yield* write(good, Uint8Array.of(1, 2))
      assert.deepStrictEqual(yield* receiver.records(2), [1, 2])
      assert.strictEqual(yield* counted("closed_connections", "throws", { reason: "BadFrame" }), 1)
    }))

  it.live("connections beyond the cap are turned away and counted", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "cap", maxConnections: 2 })
      const first = yield* client(server.port)
      const second = yield* client(server.port)
      yield* write(second, "two\n")
      yield* server.records(1)
      const third = yield* client(server.port, { failing: true })
      yield* closed(third)
      assert.strictEqual(yield* counted("refused_connections", "cap"), 1)
      first.end()
      yield* until(() => first.closed)
      const fourth = yield* client(server.port)
      yield* write(fourth, "four\n")
      assert.deepStrictEqual(yield* server.records(1), ["four"])
    }))
})

describe("Tcp.listenLines, hostile connections", () => {
  it.live("an idle connection is closed, one that sends is not", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "idle", idleTimeout: "200 millis" })
      const [idle, busy] = [yield* client(server.port), yield* client(server.port)]
      yield* write(idle, "hal")
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(write(busy, "busy\n"), Effect.sleep("20 millis"))))
      yield* Effect.forkScoped(Effect.forever(server.pull))
      yield* closed(idle)
      assert.strictEqual(yield* counted("closed_connections", "idle", { reason: "TimedOut" }), 1)
      assert.isFalse(busy.destroyed)
    }))

  it.live("1,000 idle connections keep no one from being served", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "many" })
      for (let left = 1000; left > 0; left--) yield* write(yield* client(server.port), "x")
      const good = yield* client(server.port)
      yield* write(good, "served\n")
      assert.deepStrictEqual(yield* server.records(1), ["served"])
    }))

  it.live("many that come, send and go leave nothing behind that keeps others waiting", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "passing" })
      for (let visit = 0; visit < 50; visit++) {
        ;(yield* client(server.port)).end(`visit ${visit}\n`)
        assert.deepStrictEqual(yield* server.records(1), [`visit ${visit}`])
      }
      while ((yield* counted("closed_connections", "passing")) < 50) yield* Effect.yieldNow
    }))

  it.live("where begun lines take too much memory, the connection that holds most is closed", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "memory", maxPartialBytes: 10_000, onPartial: "drop" })
      const [small, large] = [yield* client(server.port), yield* client(server.port)]
      yield* write(small, "y".repeat(1500))
      yield* write(large, "x".repeat(7500))
      yield* Effect.forkScoped(Effect.forever(server.pull))
      yield* write(small, "y".repeat(1500))
      yield* closed(large)
      assert.isFalse(small.destroyed)
      assert.strictEqual(yield* counted("closed_connections", "memory", { reason: "PartialsTooLarge" }), 1)
    }))

  it.live("one that floods gets its turn and no more, and waits while nobody pulls", () =>
    Effect.gen(function*() {
      const server = yield* listening({ name: "flood" })
      const [flood, trickle] = [yield* client(server.port), yield* client(server.port)]
      const line = "flood ".repeat(10) + "\n"
      const total = 64 * 1024 * 1024
      flood.end(Buffer.alloc(total, line))
      assert.isBelow(total - (yield* settled(() => flood.writableLength)), 16 * 1024 * 1024)
      for (let turn = 0; turn < 20; turn++) {
        yield* write(trickle, `trickle ${turn}\n`)
        let turns = 0
        let found = false
        while (!found) {
          for (const block of yield* server.pull) found ||= recordsOf(block).includes(`trickle ${turn}`)
          turns++
        }
        assert.isBelow(turns, 10)
      }
      assert.isAbove(flood.writableLength, total / 4)
    }))
})
