/** What a loss of power may take, what it may not, and what a kill never does. */
import { assert, describe, it } from "@effect/vitest"
import type { Disk } from "@millrace/core"
import { Effect, Exit } from "effect"
import { exitOf, type DiskService, machine, valueOf } from "./support.ts"

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value)

const written = (disk: DiskService, path: string, ...parts: ReadonlyArray<readonly [content: Uint8Array, sync: boolean]>) =>
  Effect.scoped(Effect.gen(function*() {
    const file = yield* disk.append(path)
    for (const [content, sync] of parts) {
      yield* file.write([content])
      if (sync) yield* file.sync
    }
  }))

const read = (path: string) => (disk: DiskService) =>
  Effect.map(disk.read(path, 1e6), (content) => [...content])

const seeds = Array.from({ length: 300 }, (_, seed) => seed)

describe("after a loss of power", () => {
  it("what was synced is there, and of the rest each sector or none, in some seed each", () => {
    const lengths = new Set<number>()
    let holes = 0
    for (const seed of seeds) {
      const on = machine(seed)
      valueOf(on, (disk) =>
        Effect.gen(function*() {
          yield* disk.makeDirectory("/d")
          yield* written(disk, "/d/f", [bytes(700, 1), true], [bytes(1500, 2), false])
          yield* disk.sync("/d")
        }))
      on.disk.losePower()
      const content = valueOf(on, read("/d/f"))
      assert.deepStrictEqual(content.slice(0, 700), [...bytes(700, 1)])
      assert.isAtMost(content.length, 2200)
      lengths.add(content.length)
      if (content.slice(700).some((byte) => byte !== 2)) holes++
    }
    assert.isTrue(lengths.has(700) && lengths.has(2200))
    assert.isAbove(lengths.size, 40)
    assert.isAbove(holes, 10)
  })

  it("a name is there if its directory was synced, and perhaps if not", () => {
    const after = new Set<string>()
    for (const seed of seeds) {
      const on = machine(seed)
      valueOf(on, (disk) =>
        Effect.gen(function*() {
          yield* disk.makeDirectory("/d")
          yield* disk.create("/d/old", bytes(1, 1))
          yield* disk.sync("/d")
          yield* disk.create("/d/new", bytes(1, 2))
          yield* disk.rename("/d/new", "/d/renamed")
          yield* disk.remove("/d/old")
        }))
      assert.deepStrictEqual(valueOf(on, (disk) => disk.list("/d")), ["renamed"])
      on.disk.losePower()
      after.add(valueOf(on, (disk) => disk.list("/d")).join())
    }
    assert.deepStrictEqual([...after].sort(), ["", "new", "new,old", "old", "old,renamed", "renamed"])
  })

  it("a rename is there as a whole or not at all, and a directory that was made is", () => {
    for (const seed of seeds) {
      const on = machine(seed)
      valueOf(on, (disk) =>
        Effect.gen(function*() {
          yield* disk.makeDirectory("/a/b")
          yield* disk.makeDirectory("/c")
          yield* disk.create("/a/b/f", bytes(3, 7))
          yield* disk.sync("/a/b")
          yield* disk.rename("/a/b/f", "/c/g")
        }))
      on.disk.losePower()
      const where = valueOf(on, (disk) => Effect.all([disk.exists("/a/b/f"), disk.exists("/c/g")]))
      assert.strictEqual(where.filter(Boolean).length, 1)
    }
  })
})

describe("a kill", () => {
  it("takes nothing that was written, and leaves any first part of what was being written", () => {
    const lengths = new Set<number>()
    for (const seed of seeds) {
      const on = machine(seed)
      const process = on.world.spawn()
      const disk = on.disk.of(process)
      let writes = 0
      on.world.onPass = (_, what) => {
        if (what.startsWith("disk write") && !what.endsWith("done") && ++writes === 2) process.kill()
      }
      process.run(Effect.andThen(disk.makeDirectory("/"), written(disk, "/f", [bytes(10, 1), false], [bytes(10, 2), false])))
      on.world.run(() => !process.isAlive)
      const content = valueOf(on, read("/f"))
      assert.deepStrictEqual(content.slice(0, 10), [...bytes(10, 1)])
      lengths.add(content.length)
    }
    assert.strictEqual(lengths.size, 11)
  })
})

describe("a disk", () => {
  const reasonOf = (exit: Exit.Exit<unknown, Disk.DiskError> | undefined): string | undefined => {
    const reason = exit !== undefined && Exit.isFailure(exit) ? exit.cause.reasons[0] : undefined
    return reason?._tag === "Fail" ? reason.error.reason : undefined
  }

  it("refuses what real ones refuse", () => {
    const on = machine(1)
    valueOf(on, (disk) => Effect.andThen(disk.makeDirectory("/d"), disk.create("/d/f", bytes(9, 1))))
    assert.strictEqual(reasonOf(exitOf(on, (disk) => disk.create("/d/f", bytes(1, 1)))), "AlreadyExists")
    assert.strictEqual(reasonOf(exitOf(on, (disk) => Effect.scoped(disk.append("/d/f")))), "AlreadyExists")
    assert.strictEqual(reasonOf(exitOf(on, (disk) => disk.create("/no/f", bytes(1, 1)))), "NotFound")
    assert.strictEqual(reasonOf(exitOf(on, (disk) => disk.read("/d/g", 10))), "NotFound")
    assert.strictEqual(reasonOf(exitOf(on, (disk) => disk.read("/d/f", 8))), "TooLarge")
    assert.strictEqual(reasonOf(exitOf(on, (disk) => disk.list("/d/f"))), "NotFound")
    assert.strictEqual(reasonOf(exitOf(on, (disk) => disk.rename("/d/g", "/d/h"))), "NotFound")
    assert.isTrue(Exit.isSuccess(exitOf(on, (disk) => disk.remove("/d/g"))!))
  })

  it("that is full takes a part, and goes on when there is room", () => {
    const on = machine(3)
    on.disk.roomBytes = 15
    const exit = exitOf(on, (disk) =>
      Effect.andThen(disk.makeDirectory("/d"), written(disk, "/d/f", [bytes(10, 1), true], [bytes(10, 2), true])))
    assert.strictEqual(reasonOf(exit), "Full")
    assert.isBelow(valueOf(on, read("/d/f")).length, 20)
    on.disk.roomBytes = Infinity
    valueOf(on, (disk) => disk.create("/d/g", bytes(100, 3)))
  })

  it("that fails over a sync may have lost what was to be synced", () => {
    const left = new Set<number>()
    for (const seed of seeds) {
      const on = machine(seed)
      on.disk.fault = (operation) => operation === "sync" ? "Failed" : undefined
      const exit = exitOf(on, (disk) => written(disk, "/f", [bytes(2000, 1), true]))
      assert.strictEqual(reasonOf(exit), "Failed")
      left.add(valueOf(on, read("/f")).length)
    }
    assert.isTrue(left.has(0) && left.has(2000))
  })

  it("with a bit turned over shows it, also after a loss of power", () => {
    const on = machine(1)
    valueOf(on, (disk) => Effect.andThen(disk.create("/f", bytes(4, 0)), disk.sync("/")))
    for (const [, file] of on.disk.files("/")) file.flip(9)
    assert.deepStrictEqual(valueOf(on, read("/f")), [0, 2, 0, 0])
    on.disk.losePower()
    assert.deepStrictEqual(valueOf(on, read("/f")), [0, 2, 0, 0])
  })
})
