import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createSocket } from "node:dgram"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { run, serve, start } from "./program.ts"

/** What was printed, without the rules and the times. */
const printed = (stdout: string): ReadonlyArray<string> =>
  stdout.split("\n").filter((line) => line !== "" && !/^-+$|^Time: |^\[|started, a batch every/.test(line))

describe("word-count.ts", () => {
  it.live("counts the words of what came over the socket, and drains at SIGINT", () =>
    Effect.gen(function*() {
      const port = yield* serve((socket) => socket.write("to be or not\nto be\n"))
      const program = yield* start("word-count.ts", ["127.0.0.1", String(port)])
      yield* program.says("(to,2)")
      yield* program.signal("SIGINT")
      const { code, stdout, stderr } = yield* program.ended
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(printed(stdout), ["(to,2)", "(be,2)", "(or,1)", "(not,1)"])
    }))
})

describe("own-receiver.ts", () => {
  it.live("counts datagrams", () =>
    Effect.gen(function*() {
      const program = yield* start("own-receiver.ts", ["48125"])
      yield* program.says("Time: ")
      yield* Effect.callback<void>((resume) => {
        const socket = createSocket("udp4")
        socket.send("hello", 48125, "127.0.0.1", () => {
          socket.close()
          resume(Effect.void)
        })
      })
      yield* program.says("(hello,1)")
      yield* program.signal("SIGTERM")
      const { code, stderr } = yield* program.ended
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 0)
    }))
})

describe("orders.ts", () => {
  const sample = readFileSync(join(import.meta.dirname, "../orders/sample.txt"), "utf8")

  it.live("prints the orders of the sample and ends with the connection", () =>
    Effect.gen(function*() {
      const port = yield* serve((socket) => socket.end(sample))
      const { code, stdout, stderr } = yield* run("orders.ts", ["127.0.0.1", String(port)])
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(printed(stdout), ["order 1: 4 items, 5 in total", "order 2: 1 items, 2 in total"])
    }))

  it.live("reports a malformed line without its text, and goes on", () =>
    Effect.gen(function*() {
      const port = yield* serve((socket) => socket.end(`secret\n${sample}`))
      const { code, stderr, stdout } = yield* run("orders.ts", ["127.0.0.1", String(port)])
      assert.strictEqual(code, 0)
      assert.include(stderr, "line 1 (6 characters) is neither")
      assert.include(stdout, "order 2: 1 items, 2 in total")
      assert.notInclude(stdout + stderr, "secret")
    }))

  it.live("fails with a malformed line where that is the policy, after the orders before it", () =>
    Effect.gen(function*() {
      const port = yield* serve((socket) => socket.end(`7 0\nsecret\n${sample}`))
      const { code, stderr, stdout } = yield* run("orders.ts", ["127.0.0.1", String(port), "fail"])
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(printed(stdout), ["order 7: 0 items, 0 in total"])
      assert.include(stderr, "line 2 (6 characters) is neither")
      assert.notInclude(stderr, "secret")
    }))
})

describe("examples with a database", () => {
  it.live("say in one line that nobody answers, and no word of the url", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* run("ad-click-rates/best.ts", ["--database", "postgres://a:canary-9@127.0.0.1:1/x"])
      assert.strictEqual(code, 1)
      assert.match(stderr, /^The database could not be asked \(ConnectionError, ECONNREFUSED\).*--database.*\n$/)
      assert.notInclude(stderr, "canary-9")
    }))
})
