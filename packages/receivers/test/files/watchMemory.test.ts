import { assert, describe, it } from "@effect/vitest"
import * as Files from "@millrace/receivers/Files"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { rmSync } from "node:fs"
import { platform } from "node:os"
import { join } from "node:path"
import { inbox, put, watch } from "./inbox.ts"
import { opened, readUntil, reread } from "./reading.ts"
import { openIn } from "./support.ts"

describe("what is remembered is bounded", () => {
  it.live("files that are gone make room; where all still lie there it fails before the next is taken", () =>
    Effect.gen(function*() {
      const path = yield* inbox
      put(path, { a: "1\n", b: "2\n", c: "3\n", d: "4\n", e: "5\n" })
      const { error, position, records } = yield* readUntil(watch(path, { maxRemembered: 4, blockBytes: 1 }))
      assert.strictEqual(records.length, 4)
      assert.deepStrictEqual(error?.reason, new Files.TooManyFiles({ limit: 4 }))
      for (const name of ["a", "b", "c", "d", "e"]) if (name !== "e" && name !== "d") rmSync(join(path, name))
      const rest = yield* readUntil(watch(path, { maxRemembered: 4 }), 1, position)
      assert.strictEqual(rest.records.length, 1)
    }))

  it.live("the oldest are forgotten where it is told so; then what is as old is reported and never read", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* inbox
      const receiver = watch(path, { maxRemembered: 4, onFull: "forget", blockBytes: 1 })
      const names = Array.from({ length: 12 }, (_, index) => `f${index}`)
      for (const [index, name] of names.entries()) put(path, { [name]: `${index}\n` }, 100 - index)
      const pull = yield* opened(receiver)
      const seen: Array<string> = []
      const positions: Array<unknown> = []
      while (seen.length < 12) {
        const next = yield* pull
        seen.push(...next.records)
        positions.push(next.position)
      }
      assert.deepStrictEqual(seen, names.map((_, index) => String(index)))
      put(path, { late: "late\n" }, 99.5)
      put(path, { f12: "12\n" }, 1)
      assert.deepStrictEqual((yield* pull).records, ["12"])
      // A restart knows the forgotten ones by their times.
      assert.deepStrictEqual((yield* readUntil(receiver, 1, positions.at(-1))).records, ["12"])
      assert.deepStrictEqual(yield* reread(receiver, positions[9], positions[11]), ["10", "11"])
      const error = yield* Effect.flip(reread(receiver, positions[2], positions[11]))
      assert.strictEqual(error.reason._tag, "Forgotten")
    })))
})

describe("a reader that runs while others put files there and take them away", () => {
  const doing = Arbitrary.schema(Schema.Literals(["put", "put", "put", "put old", "take away", "take away", "wait"]))

  it.live.prop("gives every file once, though no more than eight are remembered", [
    Arbitrary.array(doing, { minLength: 30, maxLength: 80 })
  ], ([steps]) =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* inbox
      const seen: Array<string> = []
      const there: Array<string> = []
      const pull = yield* opened(watch(path, { maxRemembered: 8, blockBytes: 8 }))
      const reading = yield* Effect.forkScoped(Effect.gen(function*() {
        while (seen.at(-1) !== "the end") seen.push(...(yield* pull).records)
      }))
      const takeAway = () => {
        for (const name of there.splice(0)) {
          if (seen.includes(name)) rmSync(join(path, name))
          else there.push(name)
        }
      }
      let next = 0
      const putNext = (age: number) => {
        const name = `file ${next++}`
        put(path, { [name]: `${name}\n` }, age)
        there.push(name)
      }
      for (const each of steps) {
        if (there.length >= 4) {
          yield* until(() => there.every((name) => seen.includes(name)))
          takeAway()
        }
        if (each === "put") putNext(0)
        else if (each === "put old") putNext(1_000 + next % 7)
        else if (each === "take away") takeAway()
        else yield* Effect.sleep("1 millis")
      }
      yield* until(() => there.every((name) => seen.includes(name)))
      put(path, { last: "the end\n" })
      yield* Effect.timeout(Fiber.join(reading), "10 seconds")
      assert.deepStrictEqual([...seen].sort(), [...Array.from({ length: next }, (_, index) => `file ${index}`), "the end"].sort())
    })), { arbitrary: { runs: 15 }, timeout: 60_000 })

  const until = (isSo: () => boolean) =>
    Effect.timeout(Effect.suspend(() => Effect.sleep("1 millis")).pipe(Effect.repeat({ until: isSo })), "10 seconds")
})

describe("any two positions of a watched directory", () => {
  const texts = Arbitrary.array(
    Arbitrary.map(Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "é", "\n", "\n", "\r\n", "long enough to be cut"]))), (p) => p.join("")),
    { maxLength: 6 }
  )

  it.live.prop("tell what was read between them, and where to go on", [
    texts,
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 24 })))
  ], ([files, blockBytes]) =>
    Effect.gen(function*() {
      const path = yield* inbox
      files.forEach((text, index) => put(path, { [`f${(index * 7) % 11}`]: text }, 100 - index))
      const naive = files.flatMap((text) => {
        const lines = text.split("\n")
        const last = lines.pop() ?? ""
        return [...lines.map((line) => line.replace(/\r$/, "")), ...(last === "" ? [] : [last])]
      })
      const receiver = watch(path, { blockBytes })
      const { records, taken } = yield* readUntil(receiver, naive.length)
      assert.deepStrictEqual(records, naive)
      for (let from = -1; from < taken.length; from++) {
        const after = taken[from]?.position
        const before = taken.slice(0, from + 1).flatMap(({ records }) => records)
        const rest = yield* readUntil(receiver, naive.length - before.length, after)
        assert.deepStrictEqual(rest.records, naive.slice(before.length))
        for (let until = Math.max(0, from); until < taken.length; until += 2) {
          const expected = taken.slice(from + 1, until + 1).flatMap(({ records }) => records)
          assert.deepStrictEqual(yield* reread(receiver, after, taken[until]!.position), expected)
        }
      }
      if (platform() === "linux") assert.strictEqual(openIn(path), 0)
    }), { arbitrary: { runs: 30 } })
})
