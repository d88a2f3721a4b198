import { describe, expect, it } from "@effect/vitest"
import { compareManifests, type Facts, type Remedies } from "../../src/store/compareManifests.ts"
import type { Current, Manifest, OperatorEntry } from "../../src/store/Manifest.ts"

const totals: OperatorEntry = {
  name: "totals",
  kind: "mapWithState",
  keyFingerprint: undefined,
  stateVersion: 1,
  stateFingerprint: "number",
  parameters: {}
}

const before = (...operators: ReadonlyArray<OperatorEntry>): Manifest => ({
  pipeline: "orders",
  operators,
  receivers: [{ name: "tcp", delivery: "Unreplayable" }],
  outputs: [{ name: "files", commitClass: "IdempotentByBatch" }]
})

const now = (
  operators: ReadonlyArray<OperatorEntry>,
  readable: ReadonlyArray<readonly [number, string]> = operators.map((entry) => [entry.stateVersion, entry.stateFingerprint] as const),
  more: Partial<Manifest> = {}
): Current => ({
  manifest: { ...before(...operators), ...more },
  readable: new Map(operators.map(({ name }) => [name, new Map(readable)]))
})

const held = (entries: Readonly<Record<string, number>>, more: Partial<Facts> = {}): Facts => ({
  operators: new Set(Object.keys(entries)),
  entries: (operator) => entries[operator] ?? 0,
  unconsumed: new Map(),
  positions: new Set(),
  uncommitted: new Map(),
  ...more
})

interface Row {
  readonly change: string
  readonly before: Manifest
  readonly now: Current
  readonly facts: Facts
  readonly remedies?: Remedies
  readonly gives: {
    readonly changes?: ReadonlyArray<readonly [tag: string, name: string, count: number]>
    readonly fresh?: ReadonlyArray<string>
    readonly notes?: ReadonlyArray<string>
    readonly migrations?: ReadonlyArray<readonly [from: number, to: number]>
    readonly goesOn?: string
  }
}

const drop = (...names: ReadonlyArray<string>): Remedies => ({ drop: names, rename: {} })

const twice: OperatorEntry = { ...totals, stateVersion: 2, stateFingerprint: "object" }

const windowed: OperatorEntry = { ...totals, kind: "window", parameters: { windowMillis: 3000, slideMillis: 1000 } }

const table: ReadonlyArray<Row> = [
  { change: "nothing", before: before(totals), now: now([totals]), facts: held({ totals: 3 }), gives: { goesOn: "totals" } },
  {
    change: "an operator without state comes or goes: no manifest names it",
    before: before(),
    now: now([]),
    facts: held({}),
    gives: {}
  },
  {
    change: "a new stateful operator",
    before: before(totals),
    now: now([totals, { ...totals, name: "more" }]),
    facts: held({ totals: 3 }),
    gives: { fresh: ["more"], goesOn: "totals" }
  },
  {
    change: "a newer version with a chain from the one that is stored",
    before: before(totals),
    now: now([twice], [[1, "number"], [2, "object"]]),
    facts: held({ totals: 3 }),
    gives: { migrations: [[1, 2]], goesOn: "totals" }
  },
  {
    change: "a newer version whose chain begins later",
    before: before(totals),
    now: now([twice], [[2, "object"]]),
    facts: held({ totals: 3 }),
    gives: { changes: [["MigrationMissing", "totals", 3]] }
  },
  {
    change: "a newer version whose chain has another form of the stored one",
    before: before(totals),
    now: now([twice], [[1, "string"], [2, "object"]]),
    facts: held({ totals: 3 }),
    gives: { changes: [["StateChanged", "totals", 3]] }
  },
  {
    change: "an older program than the one that wrote",
    before: before(twice),
    now: now([totals]),
    facts: held({ totals: 3 }),
    gives: { changes: [["MigrationMissing", "totals", 3]] }
  },
  {
    change: "another schema under the same version",
    before: before(totals),
    now: now([{ ...totals, stateFingerprint: "string" }]),
    facts: held({ totals: 3 }),
    gives: { changes: [["StateChanged", "totals", 3]] }
  },
  {
    change: "another schema of the keys",
    before: before(totals),
    now: now([{ ...totals, keyFingerprint: "pair" }]),
    facts: held({ totals: 3 }),
    gives: { changes: [["KeyChanged", "totals", 3]] }
  },
  {
    change: "another kind of operator",
    before: before(totals),
    now: now([{ ...totals, kind: "updateStateByKey" }]),
    facts: held({ totals: 3 }),
    gives: { changes: [["OperatorKindChanged", "totals", 3]] }
  },
  {
    change: "another window",
    before: before(windowed),
    now: now([{ ...windowed, parameters: { windowMillis: 6000, slideMillis: 1000 } }]),
    facts: held({ totals: 3 }),
    gives: { changes: [["ParametersChanged", "totals", 3]] }
  },
  {
    change: "several at once, all listed",
    before: before(windowed),
    now: now([{ ...windowed, parameters: {}, keyFingerprint: "pair", stateFingerprint: "string" }]),
    facts: held({ totals: 3 }),
    gives: { changes: [["KeyChanged", "totals", 3], ["ParametersChanged", "totals", 3], ["StateChanged", "totals", 3]] }
  },
  {
    change: "what does not fit, given up",
    before: before(windowed),
    now: now([totals]),
    facts: held({ totals: 3 }),
    remedies: drop("totals"),
    gives: { notes: [`3 entries of operator "totals" are given up, as asked for`] }
  },
  {
    change: "what does not fit, with nothing in it",
    before: before(windowed),
    now: now([totals]),
    facts: held({ totals: 0 }),
    gives: {}
  },
  {
    change: "what fits is not given up, whatever is asked for",
    before: before(totals),
    now: now([totals]),
    facts: held({ totals: 3 }),
    remedies: drop("totals"),
    gives: { goesOn: "totals" }
  },
  {
    change: "a stateful operator is gone",
    before: before(totals),
    now: now([]),
    facts: held({ totals: 1 }),
    gives: { changes: [["OperatorMissing", "totals", 1]] }
  },
  {
    change: "a stateful operator is gone, given up",
    before: before(totals),
    now: now([]),
    facts: held({ totals: 1 }),
    remedies: drop("totals"),
    gives: { notes: [`1 entry of operator "totals" are given up, as asked for`] }
  },
  {
    change: "a stateful operator has another name",
    before: before(totals),
    now: now([{ ...totals, name: "sums" }]),
    facts: held({ totals: 1 }),
    remedies: { drop: [], rename: { totals: "sums" } },
    gives: { notes: [`Operator "totals" goes on as "sums"`], goesOn: "sums" }
  },
  {
    change: "a stateful operator has another name and another kind",
    before: before(totals),
    now: now([{ ...totals, name: "sums", kind: "scan" }]),
    facts: held({ totals: 1 }),
    remedies: { drop: [], rename: { totals: "sums" } },
    gives: { changes: [["OperatorKindChanged", "totals", 1]], fresh: ["sums"] }
  },
  {
    change: "two operators become one",
    before: before({ ...totals, name: "sums" }, totals),
    now: now([{ ...totals, name: "sums" }]),
    facts: held({ sums: 2, totals: 1 }),
    remedies: { drop: [], rename: { totals: "sums" } },
    gives: { changes: [["OperatorMissing", "totals", 1]] }
  },
  {
    change: "a receiver is gone, and blocks of it are in no batch yet",
    before: before(),
    now: now([], [], { receivers: [] }),
    facts: held({}, { unconsumed: new Map([["tcp", 4]]) }),
    gives: { changes: [["ReceiverMissing", "tcp", 4]] }
  },
  {
    change: "a receiver is gone, given up",
    before: before(),
    now: now([], [], { receivers: [] }),
    facts: held({}, { unconsumed: new Map([["tcp", 4]]) }),
    remedies: drop("tcp"),
    gives: {}
  },
  {
    change: "a receiver is gone, and every block was taken",
    before: before(),
    now: now([], [], { receivers: [] }),
    facts: held({}),
    gives: {}
  },
  {
    change: "a receiver is gone or has another name, and its place in its source is known",
    before: before(),
    now: now([], [], { receivers: [{ name: "tcp2", delivery: "Replayable" }] }),
    facts: held({}, { positions: new Set(["tcp"]) }),
    gives: { changes: [["ReceiverMissing", "tcp", 1]] }
  },
  {
    change: "the place of a receiver is given up",
    before: before(),
    now: now([], [], { receivers: [] }),
    facts: held({}, { positions: new Set(["tcp"]) }),
    remedies: drop("tcp"),
    gives: {}
  },
  {
    change: "an output is gone, and may miss batches",
    before: before(),
    now: now([], [], { outputs: [] }),
    facts: held({}, { uncommitted: new Map([["files", 2]]) }),
    gives: { changes: [["OutputMissing", "files", 2]] }
  },
  {
    change: "an output is gone, given up",
    before: before(),
    now: now([], [], { outputs: [] }),
    facts: held({}, { uncommitted: new Map([["files", 2]]) }),
    remedies: drop("files"),
    gives: {}
  }
]

describe("compareManifests", () => {
  it.each(table)("$change", ({ before, facts, gives, now, remedies }) => {
    const compared = compareManifests(before, now, facts, remedies)
    expect(compared.changes.map(({ _tag, count, name }) => [_tag, name, count])).toEqual(gives.changes ?? [])
    expect(compared.notes).toEqual(gives.notes ?? [])
    expect(compared.fresh).toEqual(gives.fresh ?? [])
    expect(compared.migrations.map(({ from, to }) => [from, to])).toEqual(gives.migrations ?? [])
    expect([...compared.operators.values()].find((name) => name !== undefined && name !== "more" )).toBe(
      compared.operators.has("sums") ? "sums" : gives.goesOn
    )
  })

  it("tells a program that is too old from one that no longer reads what is old", () => {
    const problems = [now([totals]), now([{ ...twice, stateVersion: 3 }], [[3, "object"]])].map((each) =>
      compareManifests(before(twice), each, held({ totals: 1 })).changes.map(({ problem }) => problem)
    )
    expect(problems).toEqual([
      [`The state of operator "totals" has version 2, newer than 1, with 1 entry`],
      [`The state of operator "totals" has version 2, and only versions 3 can be read, with 1 entry`]
    ])
  })

  it("says of every change what it is, how much it concerns and what to do", () => {
    const { changes } = compareManifests(before(totals), now([]), held({ totals: 1200 }))
    expect(changes).toEqual([{
      _tag: "OperatorMissing",
      name: "totals",
      count: 1200,
      problem: `Operator "totals" is no longer in the pipeline, with 1200 entries`,
      remedy: `Give what it remembers to another with rename: { "totals": "…" }, or give it up with drop: ["totals"]`
    }])
  })
})
