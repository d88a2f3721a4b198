import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import * as net from "node:net"
import * as tls from "node:tls"
import * as Tcp from "@millrace/receivers/Tcp"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { selfSigned } from "./certificate.ts"
import { counted } from "./counted.ts"
import { client, closed, host, open, portOf, settled, write } from "./peers.ts"

const good = selfSigned({ names: ["millrace.test"], days: 30 })
const other = selfSigned({ names: ["millrace.test"], days: 30 })
const expired = selfSigned({ names: ["millrace.test"], days: 0.5 })

/** A sender over TLS that greets whoever comes and closes. */
const greeter = (options: tls.TlsOptions, greeting: string | Uint8Array = "hello\n") =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(async () => {
        const server = tls.createServer(options, (socket) => {
          socket.on("error", () => {})
          socket.end(greeting)
        })
        server.on("tlsClientError", () => {})
        server.listen(0, host)
        await once(server, "listening")
        return server
      }),
      (server) => Effect.sync(() => server.close())
    ),
    portOf
  )

const read = (port: number, options: tls.ConnectionOptions | boolean) =>
  Effect.scoped(Effect.gen(function*() {
    const { rest } = yield* open(Tcp.lines({ name: "tls", host, port, onEnd: "end", tls: options }))
    return yield* rest
  }))

const refusal = (port: number, options: tls.ConnectionOptions | boolean) =>
  Effect.map(Effect.flip(read(port, options)), ({ isRetryable, reason }) => {
    if (reason._tag !== "TlsFailed") throw new Error(`TlsFailed was expected, not ${reason._tag}`)
    assert.isFalse(isRetryable)
    return reason.code
  })

describe("Tcp.lines over TLS", () => {
  it.live("reads from a peer whose certificate proves who it is", () =>
    Effect.gen(function*() {
      const port = yield* greeter(good)
      const result = yield* read(port, { ca: good.cert, servername: "millrace.test" })
      assert.deepStrictEqual(result, { records: ["hello"], error: undefined })
    }))

  it.live("does not read while it is not pulled, then gives every line", () =>
    Effect.gen(function*() {
      const count = 200_000
      const port = yield* greeter(good, Buffer.alloc(count * 64, "x".repeat(63) + "\n"))
      const tlsOptions = { ca: good.cert, servername: "millrace.test" }
      const receiver = yield* open(Tcp.lines({ name: "large", host, port, onEnd: "end", tls: tlsOptions }))
      yield* settled(() => Math.round(process.memoryUsage().arrayBuffers / 1e6))
      assert.strictEqual((yield* receiver.rest).records.length, count)
    }))

  it.live("refuses a certificate that nobody vouches for, or someone else does", () =>
    Effect.gen(function*() {
      const port = yield* greeter(good)
      assert.strictEqual(yield* refusal(port, true), "DEPTH_ZERO_SELF_SIGNED_CERT")
      assert.strictEqual(yield* refusal(port, { servername: "millrace.test" }), "DEPTH_ZERO_SELF_SIGNED_CERT")
      assert.include(yield* refusal(port, { ca: other.cert, servername: "millrace.test" }), "CERT")
    }))

  it.live("refuses the certificate of another host", () =>
    Effect.gen(function*() {
      const port = yield* greeter(good)
      for (const names of [{ servername: "other.test" }, {}]) {
        assert.strictEqual(yield* refusal(port, { ca: good.cert, ...names }), "ERR_TLS_CERT_ALTNAME_INVALID")
      }
    }))

  it.live("refuses an expired certificate", () =>
    Effect.gen(function*() {
      const port = yield* greeter(expired)
      assert.strictEqual(yield* refusal(port, { ca: expired.cert, servername: "millrace.test" }), "CERT_HAS_EXPIRED")
    }))

  it.live("refuses TLS below 1.2", () =>
    Effect.gen(function*() {
      const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const
      const port = yield* greeter({ ...good, ...old })
      const code = yield* refusal(port, { ca: good.cert, servername: "millrace.test", ciphers: "DEFAULT@SECLEVEL=0" })
      assert.include(code, "ERR_SSL")
    }))

  it.live("refuses a peer that speaks no TLS", () =>
    Effect.gen(function*() {
      const server = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const server = net.createServer((socket) => {
            socket.on("error", () => {})
            socket.end("hello, who is there?\n")
          })
          server.listen(0, host)
          await once(server, "listening")
          return server
        }),
        (server) => Effect.sync(() => server.close())
      )
      assert.include(yield* refusal(portOf(server), true), "ERR_SSL")
    }))
})

describe("Tcp.listenLines over TLS", () => {
  it.live("takes lines from our own client, and turns away who speaks no TLS", () =>
    Effect.gen(function*() {
      const address = yield* Deferred.make<Tcp.Address>()
      const onListening = (at: Tcp.Address) => Effect.asVoid(Deferred.succeed(address, at))
      const server = yield* open(Tcp.listenLines({ name: "secure", port: 0, tls: good, onListening }))
      const { port } = yield* Deferred.await(address)
      const plain = yield* client(port)
      yield* write(plain, "hello, who is there?\n")
      yield* closed(plain)
      const secure = tls.connect({ host, port, ca: good.cert, servername: "millrace.test" })
      secure.end("secret\n")
      assert.deepStrictEqual(yield* server.records(1), ["secret"])
      assert.strictEqual(yield* counted("closed_connections", "secure", { reason: "TlsFailed" }), 1)
    }))
})
