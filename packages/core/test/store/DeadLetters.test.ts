import { assert, describe, it } from "@effect/vitest"
import { DeadLetters, Disk } from "@millrace/core"
import { NodeDisk } from "@millrace/core/node"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { payloadOf } from "../../src/store/DeadLetter.ts"
import { deadLettersContract, letter } from "./deadLettersContract.ts"
import { makeMemoryDisk } from "./MemoryDisk.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "millrace-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
)

const onNode = () =>
  Layer.unwrap(Effect.map(temporary, (directory) =>
    Layer.provide(DeadLetters.layerFileSystem({ directory, allowNetworkFileSystem: true }), NodeDisk.layer)))

describe("dead letters in memory", () => deadLettersContract(() => DeadLetters.layerMemory, 100))

describe("dead letters in files", () => {
  deadLettersContract(onNode, 20)

  it.live("are there as a whole or not at all, whichever call of the disk is the last", () =>
    Effect.gen(function*() {
      for (let allowed = 0; allowed < 8; allowed++) {
        const disk = makeMemoryDisk()
        let calls = 0
        const dying = new Proxy(disk, {
          get: (target, name: keyof typeof disk) =>
            typeof target[name] !== "function" ? target[name] : (...given: Array<never>) =>
              Effect.suspend(() => calls++ < allowed ? (target[name] as any)(...given) : Effect.die("power"))
        })
        const use = <A, E>(on: typeof disk, body: (service: DeadLetters.DeadLetters["Service"]) => Effect.Effect<A, E>) =>
          DeadLetters.DeadLetters.use(body).pipe(
            Effect.provide(DeadLetters.layerFileSystem({ directory: "/data" })),
            Effect.provideService(Disk.Disk, on)
          )
        yield* Effect.exit(use(dying, (service) => service.write("p", 1, "out", [letter(1, "1"), letter(1, "2")])))
        const found = yield* use(disk, (service) => service.list("p"))
        assert.include([0, 2], found.length)
        yield* use(disk, (service) => service.write("p", 1, "out", [letter(1, "1"), letter(1, "2")]))
        assert.lengthOf(yield* use(disk, (service) => service.list("p")), 2)
      }
    }))
})

describe("the payload of a dead letter", () => {
  const cyclic: Record<string, unknown> = {}
  cyclic.itself = cyclic
  const hostile = { toJSON: () => { throw new Error("no") } }
  const table: ReadonlyArray<readonly [title: string, item: unknown, expected: ReturnType<typeof payloadOf>]> = [
    ["plain", { a: [1, "ö"] }, { payload: "{\"a\":[1,\"ö\"]}" }],
    ["a cycle", cyclic, { flaw: "it cannot be written as JSON" }],
    ["hostile", hostile, { flaw: "it cannot be written as JSON" }],
    ["a bigint", { id: 9007199254740993n }, { payload: "{\"id\":\"9007199254740993\"}", flaw: "JSON does not give it back as it was" }],
    ["a function", () => 1, { flaw: "a function cannot be written as JSON" }],
    ["nothing", undefined, { flaw: "a undefined cannot be written as JSON" }],
    ["not quite", new Date(0), {
      payload: "\"1970-01-01T00:00:00.000Z\"",
      flaw: "JSON does not give it back as it was"
    }]
  ]
  for (const [title, item, expected] of table) {
    it(`of ${title}`, () => assert.deepStrictEqual(payloadOf(item), expected))
  }

  it("is cut off after 64 KiB, between two characters", () => {
    assert.deepStrictEqual(payloadOf("x".repeat(65_534)), { payload: `"${"x".repeat(65_534)}"` })
    const long = payloadOf("ö".repeat(40_000))
    assert.strictEqual(long.payload, `"${"ö".repeat(32_767)}`)
    assert.strictEqual(long.flaw, "cut off: it has 80002 bytes as JSON, more than 65536")
  })
})
