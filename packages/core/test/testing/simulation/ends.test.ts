/** What simulated sinks and sources do with what comes twice, late or from a process that was shut out. */
import { assert, describe, it } from "@effect/vitest"
import { Batch, type BatchSink, type Receiver } from "@millrace/core"
import { SimSink, type SimSinkError, SimSource, Simulation } from "@millrace/core/testing"
import { Effect, Exit, Option, Schema, Stream } from "effect"

type Row = readonly [key: string, value: number]

const exitOf = <A, E>(world: Simulation, effect: Effect.Effect<A, E>): Exit.Exit<unknown, unknown> | undefined => {
  const process = world.start(effect)
  world.run(() => !process.isAlive)
  return process.exit
}

const identity = (epoch: number): BatchSink.Identity => ({ pipeline: "p", output: "o", epoch })

const batch = (id: number, ...items: ReadonlyArray<Row>) => Batch.make(id, id * 1000, items)

const written = (sink: SimSink<Row>, epoch: number, ...batches: ReadonlyArray<Batch.Batch<Row>>) =>
  Effect.scoped(Effect.gen(function*() {
    const writer = yield* sink.sink.open(identity(epoch))
    for (const each of batches) yield* writer.commit(each)
    return Option.getOrUndefined(yield* writer.lastCommitted)
  }))

const sinkOf = (commitClass: BatchSink.CommitClass, seed = 1) => {
  const world = new Simulation(seed)
  return { world, sink: new SimSink<Row>(world, { commitClass, keyOf: ([key]) => key }) }
}

const reasonOf = (exit: Exit.Exit<unknown, unknown> | undefined): string | undefined => {
  const reason = exit !== undefined && Exit.isFailure(exit) ? exit.cause.reasons[0] : undefined
  return reason?._tag === "Fail" ? (reason.error as SimSinkError).reason : undefined
}

describe("a sink", () => {
  it("that is transactional takes a batch once, and nothing from an older epoch", () => {
    const { sink, world } = sinkOf("Transactional")
    const once = exitOf(world, written(sink, 2, batch(1, ["a", 1]), batch(1, ["a", 9]), batch(2, ["b", 2])))
    assert.deepStrictEqual(once, Exit.succeed(2))
    assert.deepStrictEqual(sink.batches, [batch(1, ["a", 1]), batch(2, ["b", 2])])
    assert.strictEqual(reasonOf(exitOf(world, written(sink, 1, batch(3)))), "Fenced")
  })

  it("that is transactional shuts out who opened it before", () => {
    const { sink, world } = sinkOf("Transactional")
    const exit = exitOf(world, Effect.scoped(Effect.gen(function*() {
      const old = yield* sink.sink.open(identity(1))
      yield* sink.sink.open(identity(2))
      yield* old.commit(batch(1, ["a", 1]))
    })))
    assert.strictEqual(reasonOf(exit), "Fenced")
    assert.deepStrictEqual(sink.batches, [])
  })

  it("that is idempotent by batch holds the newest content of each", () => {
    const { sink, world } = sinkOf("IdempotentByBatch")
    exitOf(world, written(sink, 1, batch(1, ["a", 1]), batch(2), batch(1, ["a", 2])))
    assert.deepStrictEqual(sink.batches, [batch(1, ["a", 2]), batch(2)])
  })

  it("with versions refuses what is older, row by row", () => {
    const { sink, world } = sinkOf("VersionedUpsert")
    exitOf(world, written(sink, 1, batch(2, ["a", 2]), batch(1, ["a", 1], ["b", 1])))
    assert.deepStrictEqual([...sink.rows.values()].map(({ item }) => item), [["a", 2], ["b", 1]])
  })

  it("that is none of these holds whatever comes", () => {
    const { sink, world } = sinkOf("AtLeastOnce")
    exitOf(world, written(sink, 1, batch(1, ["a", 1]), batch(1, ["a", 1])))
    assert.strictEqual(sink.batches.length, 2)
  })

  const done: ReadonlyArray<readonly [fault: "Refused" | "Unwell" | "Unanswered" | "Lost" | "Late" | "Twice" | "Rejected", batches: number, ends: string]> = [
    ["Refused", 0, "Refused"],
    ["Rejected", 0, "Rejected"],
    ["Unwell", 1, "Unwell"],
    ["Unanswered", 1, "never"],
    ["Lost", 0, "never"],
    ["Late", 1, "well"],
    ["Twice", 2, "well"]
  ]
  for (const [fault, batches, ends] of done) {
    it(`whose commit is ${fault} has it ${batches} times, and the writer hears: ${ends}`, () => {
      const { sink, world } = sinkOf("AtLeastOnce")
      sink.fault = () => fault
      const process = world.start(written(sink, 1, batch(1, ["a", 1])))
      world.run(() => false)
      assert.strictEqual(sink.batches.length, batches)
      const heard = process.exit === undefined ? "never" : process.exit._tag === "Success" ? "well" : reasonOf(process.exit)
      assert.strictEqual(heard, ends)
    })
  }
})

const all = [10, 11, 12, 13, 14, 15, 16, 17]

const sourceOf = (delivery: Receiver.Delivery) => {
  const world = new Simulation(4)
  const source = new SimSource(world, { name: "s", records: all, record: Schema.Int, delivery, canReread: true, identify: (n) => n })
  return { world, source }
}

/** What one opening gives, as far as `most` blocks, acknowledged or not. */
const read = (world: Simulation, { receiver }: SimSource<number>, from: number, most: number, acknowledge: boolean) => {
  const given: Array<number> = []
  const { source } = receiver
  assert(source._tag === "Stream")
  const exit = exitOf(world, Effect.scoped(Effect.flatMap(
    source.open(from === 0 ? Option.none() : Option.some(from)),
    (stream) =>
      Stream.runForEach(Stream.take(stream, most), (block) => {
        given.push(...block.payload as ReadonlyArray<number>)
        return acknowledge ? block.acknowledge ?? Effect.void : Effect.void
      })
  )))
  assert.deepStrictEqual(exit, Exit.void)
  return given
}

describe("a source", () => {
  it("that is a log gives what lies after a position, any number of times", () => {
    const { source, world } = sourceOf("Replayable")
    assert.deepStrictEqual(read(world, source, 0, 100, false), all)
    assert.deepStrictEqual(read(world, source, 5, 100, false), all.slice(5))
    const range = source.receiver.reread?.({ after: Option.some(2), until: 4 }) ?? Effect.succeed([])
    assert.deepStrictEqual(exitOf(world, Effect.scoped(range)), Exit.succeed([12, 13]))
  })

  it("that is a broker gives again what was not acknowledged", () => {
    const { source, world } = sourceOf("Acknowledged")
    const first = read(world, source, 0, 2, true)
    assert.deepStrictEqual(read(world, source, 0, 100, false), all.slice(first.length))
    assert.isFalse(source.isDone)
    assert.deepStrictEqual(read(world, source, 0, 100, true), all.slice(first.length))
    assert.isTrue(source.isDone)
  })

  it("that forgets gives everything once", () => {
    const { source, world } = sourceOf("Unreplayable")
    const first = read(world, source, 0, 1, false)
    assert.deepStrictEqual([...first, ...read(world, source, 0, 100, false)], all)
  })

  it("that loses acknowledgements gives again what it was told", () => {
    const { source, world } = sourceOf("Acknowledged")
    source.losesAcknowledgement = () => true
    assert.deepStrictEqual(read(world, source, 0, 100, true), all)
    assert.deepStrictEqual(read(world, source, 0, 100, true), all)
  })

  it("that repeats gives some records more than once, and each at least once", () => {
    const { source, world } = sourceOf("Acknowledged")
    source.repeats = () => world.chance.is(0.3)
    const given = read(world, source, 0, 100, true)
    assert.isAbove(given.length, all.length)
    assert.deepStrictEqual([...new Set(given)].sort(), all)
  })
})
