import { assert, describe, it } from "@effect/vitest"
import { DeadLetters } from "@millrace/core"
import { NodeDisk } from "@millrace/core/node"
import { Effect, Layer, Option } from "effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("./programs/poison.ts", import.meta.url))

interface Poisoned {
  readonly how: "exit" | "abort" | "decode" | "loop"
  readonly count: number
  readonly poison: number
  readonly kind: "replay" | "log"
}

const start = (directory: string, { count, how, kind, poison }: Poisoned) =>
  Effect.callback<number | string | null>((resume) => {
    const child = spawn(
      process.execPath,
      ["--conditions=@millrace/source", program, directory, how, String(count), String(poison), kind],
      { stdio: "ignore", env: { ...process.env, NODE_OPTIONS: "" } }
    )
    child.on("exit", (code, signal) => resume(Effect.succeed(code ?? signal)))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "millrace-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
)

const numbersIn = (directory: string): ReadonlyArray<number> =>
  fs.readdirSync(directory).filter((name) => name.startsWith("batch-"))
    .flatMap((name) => fs.readFileSync(path.join(directory, name), "utf8").split("\n").map(Number))
    .sort((a, b) => a - b)

/** Starts it until it ends well; gives how the others ended, what came out, and what was set aside. */
const livedThrough = (poisoned: Poisoned) =>
  Effect.gen(function*() {
    const directory = yield* temporary
    const ends: Array<number | string | null> = []
    for (let end = yield* start(directory, poisoned); end !== 0; end = yield* start(directory, poisoned)) {
      ends.push(end)
      assert.isBelow(ends.length, 30)
    }
    const letters = yield* Effect.gen(function*() {
      const service = yield* DeadLetters.DeadLetters
      return yield* Effect.forEach(yield* service.list("poison"), ({ id }) => service.read("poison", id))
    }).pipe(Effect.provide(Layer.provide(
      DeadLetters.layerFileSystem({ directory: `${directory}/checkpoint`, allowNetworkFileSystem: true }),
      NodeDisk.layer
    )))
    return {
      ends,
      numbers: numbersIn(directory),
      letters: letters.map((letter) => Option.getOrThrow(letter)).map(({ from, name, payload }) => [from, name, payload])
    }
  })

/** Two starts before it is suspected, one for each time that the records can be halved, and two for a whole block. */
const mostEnds = ({ count }: Poisoned) => 2 + Math.ceil(Math.log2(count)) + 2

describe("a record that ends the process", () => {
  const table: ReadonlyArray<Poisoned> = [
    { how: "exit", count: 50, poison: 37, kind: "replay" },
    { how: "exit", count: 1, poison: 0, kind: "replay" },
    { how: "abort", count: 8, poison: 7, kind: "replay" },
    { how: "decode", count: 30, poison: 10, kind: "replay" },
    { how: "exit", count: 30, poison: 16, kind: "log" },
    { how: "loop", count: 4, poison: 1, kind: "replay" }
  ]
  for (const poisoned of table) {
    const { count, how, kind, poison } = poisoned
    it.live(`${how} at ${poison} of ${count}, ${kind}: is set aside, and the others come out once`, () =>
      Effect.gen(function*() {
        const { ends, letters, numbers } = yield* livedThrough(poisoned)
        const buried = letters.flatMap(([, , payload = ""]) => String(JSON.parse(payload)).split("\n").map(Number))
        assert.deepStrictEqual([...numbers, ...buried].sort((a, b) => a - b), Array.from({ length: count }, (_, n) => n))
        assert.isTrue(letters.every(([from, name]) => from === "crash" && name === "lines"))
        assert.include(buried, poison)
        // Where chunks cannot even be looked into, what is left of the block goes with the record.
        if (how !== "decode") assert.deepStrictEqual(buried, [poison])
        assert.isAtMost(ends.length, mostEnds(poisoned))
        assert.deepStrictEqual([...new Set(ends)], [how === "abort" ? "SIGABRT" : how === "loop" ? 86 : 3])
      }), 120_000)
  }
})
