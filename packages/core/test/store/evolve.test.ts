import { assert, describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { decideRecovery } from "../../src/store/decideRecovery.ts"
import { entriesOf, evolve } from "../../src/store/evolve.ts"
import type { JournalRecord, Snapshot } from "../../src/store/JournalRecord.ts"
import type { Current, OperatorEntry } from "../../src/store/Manifest.ts"

const entry = (name: string, stateVersion = 1, kind = "scan"): OperatorEntry => ({
  name,
  kind,
  keyFingerprint: undefined,
  stateVersion,
  stateFingerprint: `form ${stateVersion}`,
  parameters: {}
})

const manifest = (...operators: ReadonlyArray<OperatorEntry>) => ({
  pipeline: "orders",
  operators,
  receivers: [],
  outputs: [{ name: "out", commitClass: "AtLeastOnce" }]
})

const current = (...operators: ReadonlyArray<OperatorEntry>): Current => ({
  manifest: manifest(...operators),
  readable: new Map(operators.map(({ name, stateVersion }) => [
    name,
    new Map(Array.from({ length: stateVersion }, (_, index) => [index + 1, `form ${index + 1}`]))
  ]))
})

const delta = (...names: ReadonlyArray<string>) => ({ removed: [], names, values: names })

const snapshot = (states: Snapshot["states"], ...operators: ReadonlyArray<OperatorEntry>): Snapshot => ({
  batch: 1,
  time: 1000,
  manifest: manifest(...operators),
  positions: {},
  consumed: {},
  identities: {},
  states
})

const batch = (id: number, operator: string): ReadonlyArray<JournalRecord> => [
  { _tag: "Changed", batch: id, operator, delta: delta("b") },
  { _tag: "Prepared", batch: id, time: id * 1000, missedBoundaries: 0, inputs: [], changed: 1, emitted: 0, outputs: [] }
]

const seal = (epoch: number, ...operators: ReadonlyArray<OperatorEntry>): JournalRecord => ({
  _tag: "Seal",
  epoch,
  manifest: manifest(...operators)
})

const evolved = (
  from: { readonly snapshot: Snapshot | undefined; readonly records: ReadonlyArray<JournalRecord> },
  now: Current,
  remedies: { readonly drop?: ReadonlyArray<string>; readonly rename?: Readonly<Record<string, string>> } = {}
) => {
  const records = from.records.map((record, index) => ({ lsn: index + 1, record }))
  const recovery = decideRecovery({ history: { snapshot: from.snapshot, records, warnings: [] }, outputs: [] })
  assert(Result.isSuccess(recovery))
  return evolve(recovery.success, now, { drop: remedies.drop ?? [], rename: remedies.rename ?? {} })
}

const held = { operator: "sums", delta: delta("a") }

describe("evolve", () => {
  it("changes nothing of a checkpoint of the same pipeline", () => {
    const { changes, isChanged, migrations, nameOf, notes } = evolved(
      { snapshot: snapshot([held], entry("sums")), records: [seal(2, entry("sums")), ...batch(2, "sums")] },
      current(entry("sums"))
    )
    expect([changes, isChanged, migrations, notes]).toEqual([[], false, [], []])
    expect([nameOf("sums", 0), nameOf("sums", 1), nameOf("others", 0)]).toEqual(["sums", "sums", undefined])
  })

  it("holds the snapshot against its own manifest after a start that was cut short", () => {
    const { isChanged, migrations } = evolved(
      { snapshot: snapshot([held], entry("sums")), records: [seal(2, entry("sums", 3))] },
      current(entry("sums", 3))
    )
    expect(migrations).toEqual([{ operator: "sums", from: 1, to: 3 }])
    expect(isChanged).toBe(true)
  })

  it("gives up the old part of what was replaced, and keeps what came since", () => {
    const from = {
      snapshot: snapshot([held], entry("sums", 1, "window")),
      records: [seal(2, entry("sums")), ...batch(2, "sums")]
    }
    expect(evolved(from, current(entry("sums"))).changes.map(({ _tag, count }) => [_tag, count])).toEqual([["OperatorKindChanged", 1]])
    const { changes, nameOf } = evolved(from, current(entry("sums")), { drop: ["sums"] })
    expect(changes).toEqual([])
    expect([nameOf("sums", 0), nameOf("sums", 1)]).toEqual([undefined, "sums"])
  })

  it("finds what a start that was cut short no longer names", () => {
    const from = { snapshot: snapshot([held], entry("sums")), records: [seal(2, entry("totals")), ...batch(2, "totals")] }
    expect(evolved(from, current(entry("totals"))).changes.map(({ _tag, name }) => [_tag, name])).toEqual([["OperatorMissing", "sums"]])
    const { changes, nameOf } = evolved(from, current(entry("totals")), { rename: { sums: "totals" } })
    expect(changes).toEqual([])
    expect([nameOf("sums", 0), nameOf("totals", 1)]).toEqual(["totals", "totals"])
  })

  it("calls new what no part of the checkpoint knows", () => {
    const from = { snapshot: snapshot([held], entry("sums")), records: [seal(2, entry("sums"), entry("totals"))] }
    expect(evolved(from, current(entry("sums"), entry("totals"), entry("third"))).notes).toEqual([`Operator "third" is new and starts empty`])
  })

  it("lists receivers and outputs that something is left of", () => {
    const from = {
      snapshot: undefined,
        records: [
          seal(1),
          { _tag: "Data", receiver: "tcp", sequence: 1, chunks: [], records: 0, bytes: 0 },
          { _tag: "Data", receiver: "tcp", sequence: 2, chunks: [], records: 0, bytes: 0 },
          {
            _tag: "Prepared",
            batch: 1,
            time: 0,
            missedBoundaries: 0,
            inputs: [{ receiver: "tcp", records: 0, bytes: 0, dataAfter: 0, dataUntil: 1 }],
            changed: 0,
            emitted: 0,
            outputs: [{ output: "old", records: 0, digest: "" }]
          }
        ]
      } satisfies Parameters<typeof evolved>[0]
    const { changes } = evolved(from, current())
    const given = evolved(from, current(), { drop: ["tcp", "old"] })
    // A snapshot of the start does without them, and the option is not needed again.
    expect([given.changes, given.isChanged]).toEqual([[], true])
    expect(changes.map(({ _tag, count, name }) => [_tag, name, count])).toEqual([["ReceiverMissing", "tcp", 1], ["OutputMissing", "old", 1]])
  })

  it("says once what is wrong in the snapshot and in batches after it, of the part with more entries", () => {
    const from = {
      snapshot: snapshot([{ operator: "sums", delta: delta("a", "b", "c") }], entry("sums")),
      records: [seal(2, entry("sums")), ...batch(2, "sums")]
    }
    const { changes } = evolved(from, current(entry("totals")))
    expect(changes.map(({ _tag, count, name }) => [_tag, name, count])).toEqual([["OperatorMissing", "sums", 3]])
  })

  it("lists a receiver whose place is known, of the snapshot and of batches, until that is given up", () => {
    const taken = (receiver: string): JournalRecord => ({
      _tag: "Prepared",
      batch: 2,
      time: 0,
      missedBoundaries: 0,
      inputs: [{ receiver, records: 1, bytes: 1, until: 7 }],
      changed: 0,
      emitted: 0,
      outputs: []
    })
    const from = { snapshot: { ...snapshot([]), positions: { old: 3 } }, records: [taken("older")] }
    expect(evolved(from, current()).changes.map(({ _tag, name }) => [_tag, name])).toEqual([
      ["ReceiverMissing", "old"],
      ["ReceiverMissing", "older"]
    ])
    const given = evolved(from, current(), { drop: ["old", "older"] })
    expect([given.changes, given.isChanged]).toEqual([[], true])
  })
})

describe("entriesOf", () => {
  it("counts names once, without those that are gone", () => {
    expect(entriesOf([delta("a", "b"), { removed: ["a"], names: ["b", "c"], values: [1, 2] }])).toBe(2)
    expect(entriesOf([{ removed: [], names: [], values: [], rest: { watermark: 1 } }])).toBe(1)
    expect(entriesOf([{ removed: [], names: ["a"], values: [1], rest: 1 }])).toBe(1)
    expect(entriesOf([undefined, "nothing", {}])).toBe(0)
  })
})
