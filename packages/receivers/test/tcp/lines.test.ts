import { assert, describe, it } from "@effect/vitest"
import * as Tcp from "@millrace/receivers/Tcp"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { counted } from "./counted.ts"
import { closed, host, open, sender, settled, until, write } from "./peers.ts"

const errorOf = (error: unknown): Tcp.TcpError => {
  if (error instanceof Tcp.TcpError) return error
  throw new Error(`a TcpError was expected, not ${String(error)}`)
}

describe("Tcp.lines", () => {
  it.live("gives the lines that the peer writes, however they are cut into packets", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const { records } = yield* open(Tcp.lines({ name: "words", host, port }))
      const socket = yield* connection
      for (const packet of ["\ufeffto b", "e\r", "\nor\n\nnot t", "o be\n", "que\u0301"]) yield* write(socket, packet)
      yield* write(socket, Uint8Array.of(0xc3))
      yield* write(socket, Uint8Array.of(0xa9, 0x0a))
      assert.deepStrictEqual(yield* records(5), ["to be", "or", "", "not to be", "que\u0301é"])
    }))

  it.live("fails with a retryable error when the peer closes, after the line that had no ending", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = yield* open(Tcp.lines({ name: "closing", host, port }))
      const socket = yield* connection
      socket.end("one\ntw")
      const { error, records } = yield* receiver.rest
      assert.deepStrictEqual(records, ["one", "tw"])
      assert.deepStrictEqual(errorOf(error).reason, new Tcp.Disconnected({ code: "END", partialBytes: 2 }))
      assert.strictEqual(errorOf(error).isRetryable, true)
      assert.strictEqual(
        errorOf(error).message,
        `receiver "closing", 127.0.0.1:${port}: the peer closed the connection 2 bytes into a record`
      )
      assert.strictEqual(yield* counted("partial_records", "closing"), 1)
      assert.strictEqual(yield* counted("closed_connections", "closing", { reason: "Disconnected" }), 1)
      yield* closed(socket)
    }))

  it.live("ends when the peer closes, if it is told so", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = yield* open(Tcp.lines({ name: "ending", host, port, onEnd: "end" }))
      ;(yield* connection).end("one\n")
      assert.deepStrictEqual(yield* receiver.rest, { records: ["one"], error: undefined })
      assert.strictEqual(yield* counted("partial_records", "ending"), 0)
    }))

  it.live("forgets and counts a line that had no ending, if it is told so", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = yield* open(Tcp.lines({ name: "dropping", host, port, onPartial: "drop" }))
      ;(yield* connection).end("one\ntw")
      const { error, records } = yield* receiver.rest
      assert.deepStrictEqual(records, ["one"])
      assert.deepStrictEqual(errorOf(error).reason, new Tcp.Disconnected({ code: "END", partialBytes: 2 }))
      assert.strictEqual(yield* counted("partial_records", "dropping"), 1)
    }))

  it.live("keeps what came before a reset, in the middle of a line and while nobody pulls", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = yield* open(Tcp.lines({ name: "reset", host, port }))
      const socket = yield* connection
      yield* write(socket, "one\ntwo\n")
      assert.deepStrictEqual(yield* receiver.records(2), ["one", "two"])
      yield* write(socket, "x".repeat(1000).concat("\n").repeat(50) + "thr")
      socket.resetAndDestroy()
      yield* until(() => socket.closed)
      const { error, records } = yield* receiver.rest
      assert.deepStrictEqual([records.length, records.at(-1)], [51, "thr"])
      assert.deepStrictEqual(errorOf(error).reason, new Tcp.Disconnected({ code: "ECONNRESET", partialBytes: 3 }))
    }))

  it.live("keeps what Node has read and nobody has taken when the connection is reset", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = yield* open(Tcp.lines({ name: "reset", host, port }))
      const socket = yield* connection
      yield* write(socket, "first\n")
      assert.deepStrictEqual(yield* receiver.records(1), ["first"])
      // As much as the receiver holds, so that it pauses the socket; what comes after waits in the socket.
      yield* write(socket, "x".repeat(63).concat("\n").repeat(2 * 1024))
      yield* settled(() => socket.bytesWritten)
      yield* write(socket, "y".repeat(63).concat("\n").repeat(300) + "part")
      yield* settled(() => socket.bytesWritten)
      socket.resetAndDestroy()
      yield* settled(() => socket.bytesWritten)
      const { error, records } = yield* receiver.rest
      assert.deepStrictEqual([records.length, records.at(-1)], [2 * 1024 + 300 + 1, "part"])
      assert.deepStrictEqual(errorOf(error).reason, new Tcp.Disconnected({ code: "ECONNRESET", partialBytes: 4 }))
    }))

  it.live("never joins the beginning of a line to what the next connection sends", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = Tcp.lines({ name: "twice", host, port })
      const read = (text: string) =>
        Effect.scoped(Effect.gen(function*() {
          const { rest } = yield* open(receiver)
          ;(yield* connection).end(text)
          return (yield* rest).records
        }))
      assert.deepStrictEqual([yield* read("a\nb"), yield* read("c\n")], [["a", "b"], ["c"]])
    }))

  it.live("closes the connection when it is interrupted while it waits", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const waiting = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(Effect.scoped(Effect.gen(function*() {
        const { pull } = yield* open(Tcp.lines({ name: "interrupted", host, port }))
        yield* Deferred.succeed(waiting, undefined)
        yield* pull
      })))
      const socket = yield* connection
      yield* Deferred.await(waiting)
      yield* Fiber.interrupt(fiber)
      yield* closed(socket)
    }))

  it.live("does not read while it is not pulled, and the peer waits; then gives every line", () =>
    Effect.gen(function*() {
      const lineCount = 1_000_000
      const { connection, port } = yield* sender
      const receiver = yield* open(Tcp.lines({ name: "slow", host, port }))
      const socket = yield* connection
      const total = lineCount * 64
      socket.end(Buffer.from("x".repeat(63).concat("\n").repeat(lineCount)))
      const unsent = () => socket.writableLength
      const sentUnpulled = total - (yield* settled(unsent))
      assert.isBelow(sentUnpulled, 16 * 1024 * 1024)
      let pulled = 0
      for (let pulls = 0; pulls < 50; pulls++) for (const block of yield* receiver.pull) pulled += block.records
      const ahead = total - (yield* settled(unsent)) - pulled * 64
      assert.isBelow(ahead, 16 * 1024 * 1024)
      while (pulled < lineCount) for (const block of yield* receiver.pull) pulled += block.records
      assert.strictEqual(pulled, lineCount)
    }))
})

describe("Tcp.lines, time", () => {
  it.live("fails when no byte came for the idle timeout, half-open peers included", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = yield* open(Tcp.lines({ name: "idle", host, port, idleTimeout: "50 millis" }))
      yield* write(yield* connection, "one\ntw")
      const { error, records } = yield* receiver.rest
      assert.deepStrictEqual(records, ["one", "tw"])
      assert.deepStrictEqual(errorOf(error).reason, new Tcp.TimedOut({ during: "read", millis: 50 }))
      assert.strictEqual(errorOf(error).isRetryable, true)
    }))

  it.effect("does not take a peer for idle while nobody pulls", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = yield* open(Tcp.lines({ name: "unread", host, port, idleTimeout: "1 minute" }))
      const socket = yield* connection
      yield* TestClock.adjust("1 hour")
      yield* write(socket, "one\n")
      assert.deepStrictEqual(yield* receiver.records(1), ["one"])
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual(errorOf((yield* receiver.rest).error).reason._tag, "TimedOut")
    }))

  it.live("fails when the connection does not stand in time", () =>
    Effect.gen(function*() {
      const { port } = yield* sender
      const silent = Tcp.lines({ name: "silent", host, port, tls: true, connectTimeout: "50 millis" })
      const error = yield* Effect.flip(open(silent))
      assert.deepStrictEqual(errorOf(error).reason, new Tcp.TimedOut({ during: "connect", millis: 50 }))
    }))
})

describe("Tcp.lines, failures", () => {
  it.live("says that nobody listens", () =>
    Effect.gen(function*() {
      const { port } = yield* Effect.scoped(sender)
      const error = yield* Effect.flip(open(Tcp.lines({ name: "refused", host, port })))
      assert.deepStrictEqual(errorOf(error).reason, new Tcp.ConnectionRefused())
      assert.strictEqual(
        errorOf(error).message,
        `receiver "refused", 127.0.0.1:${port}: nobody listens there; start the sender, or check host and port`
      )
    }))

  it.live("says that a host has no address", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(open(Tcp.lines({ name: "lost", host: "nowhere.invalid", port: 9999 })))
      assert.strictEqual(errorOf(error).reason._tag, "HostNotFound")
    }))

  it.live("says that nobody listens where a name has several addresses", () =>
    Effect.gen(function*() {
      const { port } = yield* Effect.scoped(sender)
      const error = yield* Effect.flip(open(Tcp.lines({ name: "refused", host: "localhost", port })))
      assert.deepStrictEqual(errorOf(error).reason, new Tcp.ConnectionRefused())
    }))

  it.live("refuses options that cannot be meant", () =>
    Effect.gen(function*() {
      const wrong = [
        ...[0, -1, 65_536, 1.5, Number.NaN].map((port) => ({ port })),
        ...[-1, 0.5, Number.NaN, Infinity].map((maxLineLength) => ({ maxLineLength })),
        ...[0, -1, Number.NaN].flatMap((millis) => [{ idleTimeout: millis }, { connectTimeout: millis }])
      ]
      for (const options of wrong) {
        const error = errorOf(yield* Effect.flip(open(Tcp.lines({ name: "wrong", host, port: 9999, ...options }))))
        assert.strictEqual(error.isRetryable, false)
        if (error.reason._tag !== "InvalidOption") assert.fail(error.message)
        assert.deepStrictEqual([error.reason.option], Object.keys(options))
      }
    }))

  it.live("fails for good at a line that is too long, after the lines before it", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const receiver = yield* open(Tcp.lines({ name: "long", host, port, maxLineLength: 5 }))
      const socket = yield* connection
      yield* write(socket, "12345\n123456\n1\n")
      const { error, records } = yield* receiver.rest
      assert.deepStrictEqual(records, ["12345"])
      assert.strictEqual(errorOf(error).isRetryable, false)
      assert.strictEqual(
        errorOf(error).message,
        `receiver "long", 127.0.0.1:${port}: line 2, at byte 6, is longer than 5 bytes: ` +
          `raise maxLineLength, or pass such lines over with onLongLine: "skip"`
      )
      yield* closed(socket)
    }))

  it.live("passes lines that are too long over and counts them, if it is told so", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const options = { name: "skipping", host, port, maxLineLength: 5, onLongLine: "skip", onEnd: "end" } as const
      const receiver = yield* open(Tcp.lines(options))
      ;(yield* connection).end("1\n123456\n2\n" + "x".repeat(100_000))
      assert.deepStrictEqual((yield* receiver.rest).records, ["1", "2"])
      assert.strictEqual(yield* counted("skipped_lines", "skipping"), 2)
    }))

  it.live("puts U+FFFD for what is not UTF-8 and counts it, or fails if it is told so", () =>
    Effect.gen(function*() {
      const { connection, port } = yield* sender
      const read = (onInvalidUtf8: "replace" | "fail", ...ending: ReadonlyArray<number>) =>
        Effect.scoped(Effect.gen(function*() {
          const { rest } = yield* open(Tcp.lines({ name: onInvalidUtf8, host, port, onEnd: "end", onInvalidUtf8 }))
          ;(yield* connection).end(Uint8Array.of(0x61, 0x0a, 0xff, ...ending))
          return yield* rest
        }))
      assert.deepStrictEqual(yield* read("replace", 0x0a), { records: ["a", "\ufffd"], error: undefined })
      assert.strictEqual(yield* counted("replaced_bytes", "replace"), 1)
      for (const { error, records } of [yield* read("fail", 0x0a), yield* read("fail")]) {
        assert.deepStrictEqual([records, errorOf(error).reason._tag], [["a"], "InvalidUtf8"])
      }
    }))
})
