import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Result from "effect/Result"
import type { History } from "../../src/store/CheckpointStore.ts"
import { decideRecovery, type Facts, type Recovery } from "../../src/store/decideRecovery.ts"
import type { Attempt, InputRange, JournalRecord, Snapshot } from "../../src/store/JournalRecord.ts"

const upTo = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))

const seal = (epoch: number): JournalRecord => ({ _tag: "Seal", epoch, manifest: {} })
const data = (sequence: number, identities?: ReadonlyArray<unknown>): JournalRecord => ({
  _tag: "Data",
  receiver: "in",
  sequence,
  chunks: [sequence],
  records: 1,
  bytes: 1,
  identities
})
const prepared = (batch: number, input: Partial<InputRange> = {}, outputs = ["out"]): JournalRecord => ({
  _tag: "Prepared",
  batch,
  time: batch * 1000,
  missedBoundaries: 0,
  inputs: [{ receiver: "in", records: 1, bytes: 1, ...input }],
  changed: 0,
  emitted: 0,
  outputs: outputs.map((output) => ({ output, records: 1, digest: `${batch}` }))
})
const changed = (batch: number, delta: unknown = batch): JournalRecord => ({ _tag: "Changed", batch, operator: "state", delta })
const emitted = (batch: number): JournalRecord => ({ _tag: "Emitted", batch, output: "out", items: [batch] })
const committed = (batch: number, output?: string): JournalRecord => ({ _tag: "Committed", batch, output })
const snapshot = (batch: number, more: Partial<Snapshot> = {}): Snapshot => ({
  batch,
  time: batch * 1000,
  manifest: {},
  positions: {},
  consumed: {},
  identities: {},
  states: [],
  ...more
})

const factsOf = (
  records: ReadonlyArray<JournalRecord>,
  more: { readonly snapshot?: Snapshot; readonly outputs?: Facts["outputs"] } = {}
): Facts => {
  const history: History = {
    snapshot: more.snapshot,
    records: records.map((record, index) => ({ lsn: index + 1, record })),
    warnings: []
  }
  return { history, outputs: more.outputs ?? [{ name: "out", lastCommitted: undefined }] }
}

const decide = (...args: Parameters<typeof factsOf>): Recovery => Result.getOrThrow(decideRecovery(factsOf(...args)))

/** What is left to do, in short: the batches with what they miss. */
const todo = ({ batches }: Recovery) => batches.map(({ missing, prepared }) => [prepared.batch, missing] as const)

describe("decideRecovery", () => {
  it("begins with batch 1 where there is nothing", () => {
    const recovery = decide([])
    assert.strictEqual(recovery.nextBatch, 1)
    assert.strictEqual(recovery.lastTime, 0)
    assert.deepStrictEqual(todo(recovery), [])
  })

  it("goes on after the last prepared batch, whether or not an output has it", () => {
    const recovery = decide([seal(1), prepared(1, { until: 5 }), committed(1), prepared(2, { after: 5, until: 9 })])
    assert.strictEqual(recovery.nextBatch, 3)
    assert.strictEqual(recovery.lastTime, 2000)
    assert.strictEqual(recovery.positions.get("in"), 9)
    assert.deepStrictEqual(todo(recovery), [[1, []], [2, ["out"]]])
  })

  it("believes a sink that has more than the journal says", () => {
    const records = [seal(1), prepared(1), prepared(2), prepared(3)]
    const recovery = decide(records, { outputs: [{ name: "out", lastCommitted: 2 }] })
    assert.deepStrictEqual(todo(recovery), [[1, []], [2, []], [3, ["out"]]])
    assert.deepStrictEqual(recovery.batches.map(({ isSeen }) => isSeen), [true, true, false])
  })

  it("asks each output for itself", () => {
    const records = [seal(1), prepared(1, {}, ["a", "b"]), committed(1, "a"), prepared(2, {}, ["a", "b"])]
    const outputs = [{ name: "a", lastCommitted: undefined }, { name: "b", lastCommitted: 0 }]
    const recovery = decide(records, { outputs })
    assert.deepStrictEqual(todo(recovery), [[1, ["b"]], [2, ["a", "b"]]])
    assert.deepStrictEqual(recovery.batches.map(({ isSeen }) => isSeen), [true, false])
  })

  it("gives a new output nothing of what was committed before it was there", () => {
    const recovery = decide([seal(1), prepared(1), committed(1)], { outputs: [{ name: "new", lastCommitted: undefined }] })
    assert.deepStrictEqual(todo(recovery), [[1, []]])
  })

  it("stops where a sink has a batch that the journal does not know", () => {
    const result = decideRecovery(factsOf([seal(1), prepared(1)], { outputs: [{ name: "out", lastCommitted: 2 }] }))
    assert.deepStrictEqual(Result.getOrThrow(Result.flip(result)), {
      _tag: "JournalLost",
      output: "out",
      committed: 2,
      prepared: 1
    })
  })

  it("also counts the batch of the snapshot as known", () => {
    const recovery = decide([], { snapshot: snapshot(7), outputs: [{ name: "out", lastCommitted: 7 }] })
    assert.strictEqual(recovery.nextBatch, 8)
    assert.strictEqual(recovery.lastTime, 7000)
  })

  it("drops what stands before a Prepared that never came", () => {
    const recovery = decide([seal(1), changed(1), prepared(1), changed(2), emitted(2), seal(2), changed(2, "again"), prepared(2)])
    assert.deepStrictEqual(recovery.batches.map(({ changes }) => changes.map(({ delta }) => delta)), [[1], ["again"]])
    assert.deepStrictEqual(recovery.batches[1]?.emitted, [])
  })

  it("lets a batch that was prepared again take the place of the first and of all after it", () => {
    const recovery = decide([seal(1), prepared(1), prepared(2), prepared(3), seal(2), changed(2, "new"), prepared(2)])
    assert.deepStrictEqual(recovery.batches.map(({ prepared }) => prepared.batch), [1, 2])
    assert.strictEqual(recovery.batches[1]?.changes[0]?.delta, "new")
    assert.strictEqual(recovery.nextBatch, 3)
  })

  it("skips batches that the snapshot holds", () => {
    const records = [seal(1), prepared(1), prepared(2), committed(2), prepared(3)]
    const recovery = decide(records, { snapshot: snapshot(2, { positions: { in: 4 } }) })
    assert.deepStrictEqual(todo(recovery), [[3, ["out"]]])
    assert.strictEqual(recovery.positions.get("in"), 4)
  })

  it("gives each batch its blocks, and keeps those that no batch took", () => {
    const records = [
      seal(1), data(1), data(2), data(3), prepared(1, { dataAfter: 0, dataUntil: 2 }), data(4),
      prepared(2, { dataAfter: 2, dataUntil: 3 }), seal(2), data(5)
    ]
    const recovery = decide(records)
    assert.deepStrictEqual(recovery.batches.map(({ data }) => data.map(({ sequence }) => sequence)), [[1, 2], [3]])
    assert.deepStrictEqual(recovery.pending.map(({ data, lsn }) => [data.sequence, lsn]), [[4, 6], [5, 9]])
    assert.strictEqual(recovery.sequences.get("in"), 5)
    assert.strictEqual(recovery.consumed.get("in"), 3)
  })

  it("knows the blocks that a snapshot's batches took, although they are still there", () => {
    const recovery = decide([data(1), data(2), data(3)], { snapshot: snapshot(4, { consumed: { in: 2 } }) })
    assert.deepStrictEqual(recovery.pending.map(({ data }) => data.sequence), [3])
    assert.strictEqual(recovery.sequences.get("in"), 3)
  })

  it("never gives a sequence twice, also where all blocks are gone", () => {
    assert.strictEqual(decide([], { snapshot: snapshot(4, { consumed: { in: 9 } }) }).sequences.get("in"), 9)
  })

  it("knows identities from the snapshot and the blocks after it, oldest first", () => {
    const records = [data(1, ["a"]), data(2, ["b", "c"])]
    const recovery = decide(records, { snapshot: snapshot(1, { consumed: { in: 1 }, identities: { in: ["x", "a"] } }) })
    assert.deepStrictEqual(recovery.identities.get("in"), ["x", "a", "b", "c"])
  })

  it("counts starts from before a snapshot, whose records may be gone", () => {
    const attempted: Attempt = { _tag: "Attempt", batch: 2, maxRecords: 8 }
    const taken: JournalRecord = { _tag: "SnapshotTaken", batch: 1, reference: "1" }
    const suspected = { snapshot: snapshot(1, { suspicion: { dirtyStarts: 2, attempted } }) }
    const cut = decide([taken, seal(3)], suspected)
    assert.deepStrictEqual([cut.dirtyStarts, cut.attempted], [3, attempted])
    // As many where they are still there.
    assert.strictEqual(decide([seal(1), seal(2), taken, seal(3)], suspected).dirtyStarts, 3)
    // A batch that was prepared while the snapshot was written says that all is well.
    assert.strictEqual(decide([seal(2), prepared(2), taken, seal(3)], suspected).dirtyStarts, 1)
  })

  it("counts starts that led nowhere", () => {
    const attempt: JournalRecord = { _tag: "Attempt", batch: 2, maxRecords: 8 }
    const smaller: JournalRecord = { _tag: "Attempt", batch: 2, maxRecords: 4 }
    const recovery = decide([seal(1), prepared(1), seal(2), attempt, seal(3), smaller])
    assert.strictEqual(recovery.dirtyStarts, 2)
    assert.deepStrictEqual(recovery.attempted, smaller)
    assert.strictEqual(decide([seal(1), seal(2), { _tag: "Released", batch: 0 }]).dirtyStarts, 0)
    assert.strictEqual(decide([seal(1), seal(2), attempt, prepared(2)]).attempted, undefined)
  })

  it("decides the same again after its own work was interrupted anywhere", () => {
    const history = [seal(1), data(1), data(2), changed(1), prepared(1, { dataAfter: 0, dataUntil: 1 }, ["a", "b"])]
    const outputs = [{ name: "a", lastCommitted: undefined }, { name: "b", lastCommitted: undefined }]
    const first = decide(history, { outputs })
    const done: ReadonlyArray<JournalRecord> = [seal(2), committed(1, "a"), committed(1, "b"), committed(1)]
    for (let steps = 0; steps <= done.length; steps++) {
      const again = decide([...history, ...done.slice(0, steps)], { outputs })
      const expected = steps < 2 ? ["a", "b"] : steps < 3 ? ["b"] : []
      assert.deepStrictEqual(todo(again), [[1, expected]])
      assert.deepStrictEqual(again.pending.map(({ data }) => data), first.pending.map(({ data }) => data))
      assert.strictEqual(again.nextBatch, first.nextBatch)
    }
  })

  it.prop(
    "a snapshot after any batch, and the records from then on, decide as all records do",
    [Arbitrary.array(upTo(3), { minLength: 1, maxLength: 12 }), upTo(11)],
    ([blocksPerBatch, cutAt]) => {
      const records: Array<JournalRecord> = [seal(1)]
      let sequence = 0
      let consumed = 0
      const after: Array<{ readonly keepFrom: number; readonly consumed: number }> = []
      for (const [index, blocks] of blocksPerBatch.entries()) {
        for (let block = 0; block < blocks; block++) records.push(data(++sequence, [`id${sequence}`]))
        // One block in three waits for the next batch.
        const until = sequence - (sequence % 3 === 0 && sequence > consumed ? 1 : 0)
        records.push(changed(index + 1))
        records.push(prepared(index + 1, until > consumed ? { dataAfter: consumed, dataUntil: until } : {}))
        consumed = Math.max(consumed, until)
        const oldest = records.findIndex((record) => record._tag === "Data" && record.sequence > consumed)
        after.push({ keepFrom: Math.min(oldest < 0 ? Infinity : oldest, records.length), consumed })
      }
      const batch = Math.min(cutAt, blocksPerBatch.length - 1)
      const { consumed: taken, keepFrom } = after[batch]!
      const whole = decide(records)
      const known = Array.from({ length: sequence }, (_, index) => `id${index + 1}`)
      const held = records.slice(0, keepFrom).filter((record) => record._tag === "Data").length
      const short = decide(records.slice(keepFrom), {
        snapshot: snapshot(batch + 1, { consumed: { in: taken }, identities: { in: known.slice(0, held) } })
      })
      const rest = whole.batches.slice(batch + 1)
      assert.deepStrictEqual(todo(short), todo({ ...whole, batches: rest }))
      assert.deepStrictEqual(short.batches.map(({ data }) => data), rest.map(({ data }) => data))
      assert.deepStrictEqual(short.pending.map(({ data }) => data), whole.pending.map(({ data }) => data))
      assert.strictEqual(short.nextBatch, whole.nextBatch)
      assert.strictEqual(short.sequences.get("in") ?? 0, sequence)
      assert.deepStrictEqual(new Set(short.identities.get("in")), new Set(known.length === 0 ? undefined : known))
    },
    { arbitrary: { runs: 2_000 } }
  )
})
