import { assert, describe, it } from "@effect/vitest"
import { Data, Effect, Fiber } from "effect"
import { createReadStream } from "node:fs"
import { Readable } from "node:stream"
import { ReadableStream } from "node:stream/web"
import { fromReadable } from "../../../src/dstream/receivers/fromReadable.ts"
import { ReceiverError } from "../../../src/dstream/receivers/ReceiverError.ts"
import { openPull, recordsOf } from "./support.ts"

class Broken extends Data.TaggedError("Broken")<{ readonly cause: unknown }> {}

/** A Node readable of numbers without an end, that counts what was read of it. */
const endless = (seen: { read: number }) =>
  new Readable({
    objectMode: true,
    highWaterMark: 4,
    read() {
      this.push(++seen.read)
    }
  })

describe("fromReadable", () => {
  it.effect("gives the chunks of a Node readable in order, a fresh one for each opening", () =>
    Effect.gen(function*() {
      const receiver = fromReadable<string>({ name: "r" }, () => Readable.from(["to be", " or", " not"]))
      assert.deepStrictEqual(yield* recordsOf(receiver), ["to be", " or", " not"])
      assert.deepStrictEqual(yield* recordsOf(receiver), ["to be", " or", " not"])
    }))

  it.effect("gives the chunks of a web stream in order", () =>
    Effect.gen(function*() {
      const receiver = fromReadable({ name: "r" }, () => new Blob(["to be or not"]).stream())
      const chunks = yield* recordsOf(receiver)
      assert.strictEqual(chunks.map((chunk) => chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : "").join(""), "to be or not")
    }))

  it.effect("reads no more than it is pulled for, and destroys the readable on close", () =>
    Effect.gen(function*() {
      const seen = { read: 0 }
      const readable = endless(seen)
      yield* Effect.scoped(Effect.gen(function*() {
        const pull = yield* openPull(fromReadable<number>({ name: "r" }, () => readable))
        assert.strictEqual(seen.read, 0)
        yield* pull
        assert.isAtMost(seen.read, 1024 + 8)
      }))
      assert.isTrue(readable.destroyed)
    }))

  it.effect("destroys a Node readable in the middle of a read", () =>
    Effect.gen(function*() {
      const readable = new Readable({ read: () => {} })
      const reading = yield* Effect.forkChild(recordsOf(fromReadable<string>({ name: "r" }, () => readable)), { startImmediately: true })
      yield* Fiber.interrupt(reading)
      assert.isTrue(readable.destroyed)
    }))

  it.effect("cancels a web stream in the middle of a read", () =>
    Effect.gen(function*() {
      const seen = { cancelled: false }
      const stream = new ReadableStream<string>({
        cancel() {
          seen.cancelled = true
        }
      })
      const reading = yield* Effect.forkChild(recordsOf(fromReadable({ name: "r" }, () => stream)), { startImmediately: true })
      yield* Fiber.interrupt(reading)
      assert.isTrue(seen.cancelled)
    }))

  it.effect("closes a plain async iterable by its cancel, or by its iterator", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const iterator = () => ({
        next: () => Promise.resolve({ done: true as const, value: undefined }),
        return: () => {
          seen.push("return")
          return Promise.resolve({ done: true as const, value: undefined })
        }
      })
      const cancel = () => {
        seen.push("cancel")
        return Promise.reject(new Error("late"))
      }
      yield* recordsOf(fromReadable<string>({ name: "r" }, () => ({ [Symbol.asyncIterator]: iterator, cancel })))
      yield* recordsOf(fromReadable<string>({ name: "r" }, () => ({ [Symbol.asyncIterator]: iterator })))
      assert.deepStrictEqual(seen, ["cancel", "return"])
    }))

  it.effect("fails typed when the readable cannot be made, or fails", () =>
    Effect.gen(function*() {
      const onError = (cause: unknown) => new Broken({ cause })
      const refused = fromReadable<string, Broken>({ name: "r", onError }, () => {
        throw new Error("refused")
      })
      assert(((yield* Effect.flip(recordsOf(refused)))) instanceof Broken)
      const missing = fromReadable<string, Broken>({ name: "r", onError }, () => createReadStream("/nowhere/at/all"))
      assert(((yield* Effect.flip(recordsOf(missing)))) instanceof Broken)
      const plain = yield* Effect.flip(recordsOf(fromReadable<string>({ name: "r" }, () => createReadStream("/nowhere/at/all"))))
      assert(plain instanceof ReceiverError)
    }))

  it.effect("a readable that fails before the first pull fails that pull", () =>
    Effect.gen(function*() {
      const readable = new Readable({ read: () => {} })
      const pull = yield* openPull(fromReadable<string>({ name: "r" }, () => readable))
      yield* Effect.promise(() =>
        new Promise<void>((resolve) => {
          readable.once("close", resolve)
          readable.destroy(new Error("early"))
        })
      )
      const error = yield* Effect.flip(pull)
      assert(error instanceof ReceiverError)
      assert(error.cause instanceof Error)
      assert.strictEqual(error.cause.message, "early")
    }))
})
