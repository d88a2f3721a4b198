/** Processes and time. */
import { assert, describe, it } from "@effect/vitest"
import { Chance, SeededScheduler, Simulation, traceText } from "@millrace/core/testing"
import { Clock, Effect, Random } from "effect"

/** Fibers that read, give way and write: what an interleaving loses shows in the sum. */
const racing = (log: Array<number>) =>
  Effect.gen(function*() {
    let shared = 0
    yield* Effect.forEach([1, 2, 3, 4], (id) =>
      Effect.gen(function*() {
        for (let i = 0; i < 5; i++) {
          const seen = yield* Effect.sync(() => shared)
          yield* Effect.sync(() => {
            shared = seen + 1
            log.push(id)
          })
          yield* Effect.sleep(1 + id % 3)
        }
      }), { concurrency: "unbounded", discard: true })
    return shared
  })

const race = (seed: number) => {
  const log: Array<number> = []
  const world = new Simulation(seed)
  const process = world.start(racing(log))
  assert.strictEqual(world.run(() => process.exit !== undefined), "Done")
  return { log: log.join(""), shared: process.exit?._tag === "Success" ? process.exit.value : undefined }
}

describe("a simulation", () => {
  it("does the same for the same seed, and something else for others", () => {
    const logs = Array.from({ length: 300 }, (_, seed) => race(seed))
    assert.deepStrictEqual(logs, logs.map((_, seed) => race(seed)))
    assert.isAbove(new Set(logs.map(({ log }) => log)).size, 250)
    assert.isTrue(logs.some(({ shared }) => shared !== 20))
  })

  it("has its own chance", () => {
    const draw = (seed: number) => {
      const world = new Simulation(seed)
      const process = world.start(Effect.all([Random.next, Random.nextInt]))
      world.run(() => process.exit !== undefined)
      return String(process.exit)
    }
    assert.strictEqual(draw(5), draw(5))
    assert.notStrictEqual(draw(5), draw(6))
  })

  it("jumps to what is due: a day of ticks takes no time", () => {
    const world = new Simulation(1, { yieldChance: 0 })
    const process = world.start(Effect.repeat(Effect.sleep("1 second"), { times: 86_399 }))
    assert.strictEqual(world.run(() => process.exit !== undefined), "Done")
    assert.strictEqual(world.clock.monotonicMillis, 86_400_000)
  })

  it("says when nothing will ever happen", () => {
    const world = new Simulation(1)
    world.start(Effect.never)
    assert.strictEqual(world.run(() => false), "Idle")
    world.start(Effect.forever(Effect.sleep(1)))
    assert.strictEqual(world.run(() => false, 1000), "Late")
  })
})

describe("the wall clock", () => {
  it("is set without anybody sleeping longer or shorter", () => {
    const world = new Simulation(1)
    const before = world.clock.wallMillis
    const process = world.start(Effect.gen(function*() {
      yield* Effect.sleep("1 minute")
      const clock = yield* Clock.Clock
      return [clock.currentTimeMillisUnsafe() - before, clock.monotonicTimeNanosUnsafe()]
    }))
    world.clock.in(1000, () => world.clock.step(-3_600_000))
    world.run(() => process.exit !== undefined)
    assert.deepStrictEqual(process.exit?._tag === "Success" ? process.exit.value : undefined, [60_000 - 3_600_000, 60_000_000_000n])
  })

  it("goes on while the machine is suspended, and nothing else does", () => {
    const world = new Simulation(1)
    const [wall, monotonic] = [world.clock.wallMillis, world.clock.monotonicMillis]
    world.clock.suspend(5000)
    assert.deepStrictEqual([world.clock.wallMillis - wall, world.clock.monotonicMillis - monotonic], [5000, 0])
  })
})

describe("a process", () => {
  it("that is killed takes no further step and runs no finalizer; what it asked of others happens", () => {
    for (let seed = 0; seed < 50; seed++) {
      const world = new Simulation(seed)
      const did: Array<string> = []
      const say = (what: string) => Effect.sync(() => void did.push(what))
      const process = world.spawn()
      const asked = process.ask("ask", () => {
        did.push("asked")
        return Effect.void
      })
      process.run(Effect.ensuring(Effect.andThen(asked, say("answered")), say("closed")))
      world.onPass = (who, what) => {
        if (what === "ask") world.soon(() => who.kill())
      }
      world.run(() => false)
      assert.strictEqual(did[0], "asked")
      assert.include([1, 3], did.length, "either it was killed before it was answered, or it had ended")
      assert.isFalse(process.isAlive)
    }
  })

  it("that is paused goes on later where it was, and knows nothing of the time between", () => {
    const world = new Simulation(1)
    const process = world.start(Effect.as(Effect.sleep("1 second"), "woke"))
    world.clock.in(10, () => process.pause())
    world.clock.in(60_000, () => process.resume())
    assert.strictEqual(world.run(() => process.exit !== undefined), "Done")
    assert.strictEqual(world.clock.monotonicMillis, 60_000)
  })

  it("shows what it did", () => {
    const world = new Simulation(1)
    const process = world.spawn()
    process.run(process.call("look", () => Effect.succeed(1)))
    world.run(() => process.exit !== undefined)
    assert.strictEqual(traceText(world.trace), ["starts", "look", "look done"].map((what) => `       0 p1 ${what}`).join("\n"))
  })
})

describe("a scheduler of its own", () => {
  it("closes for good", () => {
    const scheduler = new SeededScheduler(new Chance(1))
    scheduler.schedule(() => assert.fail("it ran"))
    scheduler.close()
    scheduler.schedule(() => assert.fail("it ran"))
    assert.isFalse(scheduler.isReady)
  })
})
