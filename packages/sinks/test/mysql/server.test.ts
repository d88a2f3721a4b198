/** What takes a server of one's own: TLS, other settings, and a pool that has no connection left. */
import { assert, describe, layer } from "@effect/vitest"
import { Batch } from "@millrace/core"
import * as MySql from "@millrace/sinks/MySql"
import { listens, startMysql } from "@millrace/tool-services"
import { Clock, Deferred, Effect, Fiber, Redacted } from "effect"
import * as net from "node:net"

const found = await startMysql({ settings: ["--max-prepared-stmt-count=100"] })
const server = "server" in found ? found.server : undefined
const { ca, url } = server ?? { url: "mysql://nowhere" }
const named = new URL(url)
named.hostname = "localhost"

const clientOf = (options: MySql.ConnectionOptions) => MySql.layer({ url: Redacted.make(named.href), ...options })
const trusted = { tls: { ...ca !== undefined && { ca } } }
const identity = { pipeline: "server", output: "out", epoch: 1 }
const nothing = MySql.transaction((sql) => sql`select 1`)
const openError = Effect.flip(Effect.scoped(nothing.open(identity)))

describe.skipIf(server === undefined || ca === undefined)("MySQL", () => layer(clientOf(trusted), { timeout: "60 seconds", excludeTestServices: true })("a server of one's own", (it) => {
  it.effect("is written to over TLS, with a certificate that is trusted and the host's", () =>
    Effect.scoped(Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const [status] = yield* sql<{ readonly Value: string }>`show session status like 'Ssl_version'`
      assert.include(["TLSv1.2", "TLSv1.3"], status?.Value)
      yield* sql`create table test.kept (v integer)`
      const writer = yield* MySql.insert({ table: "kept", row: (v: number) => ({ v }) }).open(identity)
      yield* writer.commit(Batch.make(1, 1000, [1, 2]))
      assert.deepStrictEqual(yield* sql`select v from test.kept order by v`, [{ v: 1 }, { v: 2 }])
    })))

  it.effect("is refused for good where nobody trusts its certificate, or it wants TLS and gets none", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      yield* sql`set global require_secure_transport = on`
      for (const [options, code] of [[{ tls: true }, "HANDSHAKE_SSL_ERROR"], [{}, "ER_ACCESS_DENIED_ERROR"]] as const) {
        const { isRetryable, reason } = yield* Effect.provide(openError, clientOf(options))
        assert.deepStrictEqual(reason, { _tag: "NotAllowed", code })
        assert.isFalse(isRetryable)
      }
      yield* sql`set global require_secure_transport = off`
    }))

  it.effect("that knows no TLS is refused for good, and one that ends the connection in its handshake may come again", () =>
    Effect.gen(function*() {
      const plain = yield* Effect.promise(() => startMysql({ settings: ["--skip-ssl"] }))
      assert("server" in plain)
      const { port } = new URL(plain.server.url)
      const refused = yield* Effect.provide(openError, MySql.layer({ host: "localhost", port: Number(port), user: "root", tls: true }))
      assert.deepStrictEqual(refused.reason, { _tag: "NotAllowed", code: "HANDSHAKE_NO_SSL_SUPPORT" })
      yield* Effect.promise(() => plain.server.close())
      const proxy = net.createServer((socket) => {
        const upstream = net.connect(Number(named.port), "127.0.0.1")
        upstream.pipe(socket)
        // What the client says first is that it begins with TLS.
        socket.on("data", () => {
          upstream.destroy()
          socket.destroy()
        })
        socket.on("error", () => {})
      })
      const cut = yield* Effect.promise(() => listens(proxy))
      yield* Effect.addFinalizer(() => Effect.sync(() => proxy.close()))
      const error = yield* Effect.provide(openError, MySql.layer({ host: "localhost", port: cut, user: "root", ...trusted }))
      assert.deepStrictEqual(error.reason, { _tag: "ConnectionLost" })
      assert.isTrue(error.isRetryable)
    }))

  it.effect("is not asked over TLS by its address, with which the client compares no certificate", () =>
    Effect.gen(function*() {
      for (const host of ["127.0.0.1", "::1"]) {
        const { reason } = yield* Effect.flip(Effect.scoped(Effect.provide(Effect.void, MySql.layer({ host, ...trusted }))))
        assert(reason._tag === "BadOptions")
        assert.include(reason.problem, "host must be a name")
      }
    }))

  it.effect("holds no more statements than it has room for, whatever the transactions say", () =>
    Effect.scoped(Effect.gen(function*() {
      const sink = MySql.transaction((sql, { items }: Batch.Batch<number>) =>
        Effect.forEach(items, (item) => sql`select ${item} as ${sql(`as_${item}`)}`, { discard: true }))
      const writer = yield* sink.open({ ...identity, output: "many" })
      yield* writer.commit(Batch.make(1, 1000, Array.from({ length: 200 }, (_, index) => index)))
    })).pipe(Effect.provide(clientOf({ ...trusted, maxConnections: 1 }))))

  it.effect("whose pool has no connection left does not hold up whoever stops waiting for one", () =>
    Effect.scoped(Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const isHeld = yield* Deferred.make<void>()
      const holding = yield* Effect.forkScoped(sql.withTransaction(Effect.andThen(Deferred.succeed(isHeld, undefined), Effect.never)))
      yield* Deferred.await(isHeld)
      const opening = yield* Effect.forkScoped(Effect.scoped(nothing.open(identity)))
      yield* Effect.sleep("50 millis")
      const startedAt = yield* Clock.currentTimeMillis
      yield* Fiber.interrupt(opening)
      assert.isBelow((yield* Clock.currentTimeMillis) - startedAt, 5_000)
      yield* Fiber.interrupt(holding)
      assert.lengthOf(yield* sql`select 1`, 1)
    })).pipe(Effect.provide(clientOf({ ...trusted, maxConnections: 1 }))))
}))
