/** A rolling output is ended at every operation of the disk, and everything is there once after the next start. */
import { assert, describe, it } from "@effect/vitest"
import { Chance } from "@millrace/core/testing"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { batches, checkParts, finished, finishedLines, run, runToEnd, sinkOn } from "./rollingRuns.ts"
import { type Fate, makeProcess, SimulatedDisk } from "./simulatedDisk.ts"

/** How many operations a run takes that nothing happens to. */
const operationsOf = Effect.gen(function*() {
  const process = makeProcess()
  yield* run(new SimulatedDisk(1), process, 1)
  return process.operations
})

const only = (at: number, fate: Fate) => (operation: number): Fate => operation === at ? fate : "Done"

describe("a rolling output", () => {
  for (const power of [false, true]) {
    const how = power ? "by a loss of power" : "by kill -9"
    it.effect(`ended ${how} at any operation has every batch once after the next start`, () =>
      Effect.gen(function*() {
        const operations = yield* operationsOf
        assert.isAbove(operations, 100)
        for (let at = 1; at <= operations; at++) {
          for (const fate of ["Killed", "KilledHalfWay"] as const) {
            for (let seed = 1; seed <= (power ? 4 : 1); seed++) {
              const disk = new SimulatedDisk(at * 100 + seed)
              const ran = yield* run(disk, makeProcess(only(at, fate)), 1)
              assert.isUndefined(ran.failure)
              if (power) disk.losePower()
              const before = finished(disk)
              checkParts(disk, new Map())
              const next = yield* runToEnd(disk, 2, before)
              assert.isAtLeast(next.known ?? 0, ran.committed, "a batch that was committed is not known")
              assert.isAtMost(next.known ?? 0, ran.committed + 1)
            }
          }
        }
      }))
  }

  it.effect("whose next start is ended as well, at any operation, has every batch once after the one that follows", () =>
    Effect.gen(function*() {
      const operations = yield* operationsOf
      for (let at = 3; at <= operations; at += 7) {
        for (let again = 1; again <= 30; again++) {
          const disk = new SimulatedDisk(at * 1000 + again)
          yield* run(disk, makeProcess(only(at, "KilledHalfWay")), 1)
          if (again % 2 === 0) disk.losePower()
          yield* run(disk, makeProcess(only(again, "Killed")), 2)
          if (again % 3 === 0) disk.losePower()
          yield* runToEnd(disk, 3, finished(disk))
        }
      }
    }))

  it.effect("goes on after any operation that fails once", () =>
    Effect.gen(function*() {
      const operations = yield* operationsOf
      for (let at = 1; at <= operations; at++) {
        for (const fate of ["Failed", "Full"] as const) {
          const disk = new SimulatedDisk(at)
          const { committed, failure } = yield* run(disk, makeProcess(only(at, fate)), 1)
          assert.isUndefined(failure, `${fate} at ${at}: ${String(failure)}`)
          assert.strictEqual(committed, 15)
          checkParts(disk, new Map())
          yield* runToEnd(disk, 2, finished(disk))
        }
      }
    }))

  it.effect("has nothing of a batch that was given up half-way, whatever is lost with the power", () =>
    Effect.gen(function*() {
      const [one, other, late] = [batches.slice(0, 1), batches.slice(2, 3), batches.slice(10, 11)]
      for (let seed = 1; seed <= 40; seed++) {
        const disk = new SimulatedDisk(seed)
        let isRefusing = false
        const process = makeProcess((_, what, path) => isRefusing && what === "write" && path.includes("manifest") ? "Failed" : "Done")
        yield* Effect.exit(Effect.scoped(Effect.gen(function*() {
          const writer = yield* sinkOn(disk, process).open({ pipeline: "p", output: "words", epoch: 1 })
          const commit = (some: typeof batches) => Effect.forEach(some, writer.commit)
          yield* commit(one)
          isRefusing = true
          yield* Effect.flip(commit(other))
          isRefusing = false
          // It is in another folder, so the part ends without another write to it.
          yield* commit(late)
          process.isDead = true
        })))
        assert.isTrue(process.isDead)
        disk.losePower()
        yield* Effect.scoped(sinkOn(disk, makeProcess()).open({ pipeline: "p", output: "words", epoch: 2 }))
        assert.deepStrictEqual(finishedLines(disk), [...one, ...late].flatMap(({ items }) => items), `seed ${seed}`)
      }
    }))

  it.effect("that has ended keeps the names of its parts when the power is lost", () =>
    Effect.gen(function*() {
      for (let seed = 1; seed <= 20; seed++) {
        const disk = new SimulatedDisk(seed)
        yield* run(disk, makeProcess(), 1)
        disk.losePower()
        checkParts(disk, new Map())
        assert.deepStrictEqual(finishedLines(disk), batches.flatMap(({ items }) => items), `seed ${seed}`)
      }
    }))

  it.effect("under failures, kills and losses of power, one after the other, has every batch once in the end", () =>
    Effect.gen(function*() {
      for (let seed = 1; seed <= 500; seed++) {
        const chance = new Chance(seed)
        const disk = new SimulatedDisk(seed)
        let before: ReadonlyMap<string, string> = new Map()
        let committed = 0
        for (let epoch = 1; epoch <= 6; epoch++) {
          const process = makeProcess(() =>
            chance.is(0.02) ? chance.pick(["Killed", "KilledHalfWay"]) : chance.is(0.04) ? chance.pick(["Failed", "Full"]) : "Done")
          const ran = yield* run(disk, process, epoch)
          assert.isUndefined(ran.failure, `seed ${seed}: ${String(ran.failure)}`)
          if (ran.known !== undefined) assert.isAtLeast(ran.known, committed, `seed ${seed}: a committed batch is lost`)
          committed = Math.max(committed, ran.committed)
          const losesPower = process.isDead && chance.is(0.5)
          if (losesPower) disk.losePower()
          checkParts(disk, before, losesPower)
          before = new Map([...before, ...finished(disk)])
        }
        yield* runToEnd(disk, 7, before)
      }
    }))
})

describe("two starts of a rolling output", () => {
  /** A process that stops before an operation until it is let go. */
  const pausing = Effect.fnUntraced(function*(at: number) {
    const reached = yield* Deferred.make<void>()
    const go = yield* Deferred.make<void>()
    const process = makeProcess(undefined, (operation) =>
      operation === at ? Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(go)) : Effect.void)
    return { process, go, reached }
  })

  const meet = Effect.fnUntraced(function*(oldAt: number, youngAt: number) {
    const disk = new SimulatedDisk(1)
    const old = yield* pausing(oldAt)
    const young = yield* pausing(youngAt)
    const first = yield* Effect.forkChild(run(disk, old.process, 1))
    yield* Effect.raceFirst(Deferred.await(old.reached), Fiber.await(first))
    const second = yield* Effect.forkChild(run(disk, young.process, 2))
    yield* Effect.raceFirst(Deferred.await(young.reached), Fiber.await(second))
    const meanwhile = finished(disk)
    yield* Deferred.succeed(old.go, undefined)
    const left = yield* Fiber.join(first)
    yield* Deferred.succeed(young.go, undefined)
    const right = yield* Fiber.join(second)
    checkParts(disk, meanwhile)
    return { disk, left, right }
  })

  it.effect("that meet at any two operations leave every batch once, and the older one is told that it is fenced", () =>
    Effect.gen(function*() {
      const operations = yield* operationsOf
      let fenced = 0
      for (let oldAt = 1; oldAt <= operations; oldAt += 5) {
        for (let youngAt = 1; youngAt <= 36; youngAt++) {
          const { disk, left, right } = yield* meet(oldAt, youngAt)
          const where = `${oldAt} and ${youngAt}`
          assert.isUndefined(right.failure, `${where}: ${String(right.failure)}`)
          assert.strictEqual(right.committed, 15, where)
          assert.isAtLeast(right.known ?? 0, left.committed, `${where}: the older one was told that a batch counts`)
          if (left.failure !== undefined) {
            assert.include(String(left.failure), "a newer start of the pipeline", where)
            fenced++
          }
          yield* runToEnd(disk, 3, finished(disk))
        }
      }
      assert.isAbove(fenced, 500)
    }), 60_000)

  it.effect("do not come back once they were shut out", () =>
    Effect.gen(function*() {
      const disk = new SimulatedDisk(1)
      yield* run(disk, makeProcess(), 2)
      const { failure } = yield* run(disk, makeProcess(), 1)
      assert.isTrue(failure !== undefined && Exit.isFailure(failure))
      assert.include(String(failure), "a newer start of the pipeline")
    }))
})
