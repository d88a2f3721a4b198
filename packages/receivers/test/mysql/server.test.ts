/** What takes a server of one's own: TLS, and a pool that has no connection left. */
import { assert, describe, layer } from "@effect/vitest"
import * as MySql from "@millrace/receivers/MySql"
import { listens, startMysql } from "@millrace/tool-services"
import { Clock, Deferred, Effect, Fiber, Redacted } from "effect"
import * as net from "node:net"
import { openPull } from "./database.ts"

const found = await startMysql()
const server = "server" in found ? found.server : undefined
const { ca, url } = server ?? { url: "mysql://nowhere" }
const named = new URL(url)
named.hostname = "localhost"

const clientOf = (options: MySql.ConnectionOptions) => MySql.layer({ url: Redacted.make(named.href), ...options })
const trusted = { tls: { ...ca !== undefined && { ca } } }

const errorOf = (options: Partial<MySql.RowsOptions>) =>
  Effect.flip(Effect.scoped(Effect.asVoid(openPull(MySql.rows({ name: "bad", table: "nowhere", cursor: "id", lag: 0, ...options })))))

describe.skipIf(server === undefined || ca === undefined)("MySQL", () => layer(clientOf(trusted), { timeout: "60 seconds", excludeTestServices: true })("a server of one's own", (it) => {
  it.effect("is read over TLS, with a certificate that is trusted and the host's", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const [status] = yield* sql<{ readonly Value: string }>`show session status like 'Ssl_version'`
      assert.include(["TLSv1.2", "TLSv1.3"], status?.Value)
    }))

  it.effect("is refused for good where nobody trusts its certificate, or it wants TLS and gets none", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      yield* sql`set global require_secure_transport = on`
      for (const [options, code] of [[{ tls: true }, "HANDSHAKE_SSL_ERROR"], [{}, "ER_ACCESS_DENIED_ERROR"]] as const) {
        const { isRetryable, reason } = yield* Effect.provide(errorOf({}), clientOf(options))
        assert.deepStrictEqual({ ...reason }, { ...new MySql.NotAllowed({ code }) })
        assert.isFalse(isRetryable)
      }
      yield* sql`set global require_secure_transport = off`
    }))

  it.effect("that ends the connection within the handshake of TLS may come again", () =>
    Effect.gen(function*() {
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
      const port = yield* Effect.promise(() => listens(proxy))
      yield* Effect.addFinalizer(() => Effect.sync(() => proxy.close()))
      const error = yield* Effect.provide(errorOf({}), MySql.layer({ host: "localhost", port, user: "root", ...trusted }))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.isTrue(error.isRetryable)
    }))

  it.effect("is not asked over TLS by its address, with which the client compares no certificate", () =>
    Effect.gen(function*() {
      for (const host of ["127.0.0.1", "[::ffff:7f00:1]"]) {
        const address = new URL(url)
        address.hostname = host
        const { reason } = yield* Effect.flip(Effect.scoped(Effect.provide(Effect.void, MySql.layer({ url: Redacted.make(address.href), ...trusted }))))
        assert(reason._tag === "BadOptions")
        assert.include(reason.problem, "host must be a name")
      }
    }))

  it.effect("whose pool has no connection left is given up after the timeout, and the connection comes back", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const startedAt = yield* Clock.currentTimeMillis
      const isHeld = yield* Deferred.make<void>()
      const holding = yield* Effect.forkScoped(sql.withTransaction(Effect.andThen(Deferred.succeed(isHeld, undefined), Effect.never)))
      yield* Deferred.await(isHeld)
      const { reason } = yield* errorOf({ timeout: "100 millis" }).pipe(Effect.timeout("10 seconds"))
      assert.isBelow((yield* Clock.currentTimeMillis) - startedAt, 5_000)
      yield* Fiber.interrupt(holding)
      assert.strictEqual(reason._tag, "TimedOut")
      assert.lengthOf(yield* sql`select 1`, 1)
    }).pipe(Effect.provide(clientOf({ ...trusted, maxConnections: 1 }))))
}))
