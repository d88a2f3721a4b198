/** The verifier finds what it is there to find. */
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { makeEntries, writeInput } from "./input.ts"
import { slideMillis, windowMillis } from "./Settings.ts"
import { type Asked, verify } from "./verify.ts"

const entries = makeEntries(60, 1)
const whole: Asked = { isComplete: true, mayMiss: [], order: "all" }
const times = Array.from({ length: 30 }, (_, index) => 10_000 + index * 100)

/** What right sinks hold: two records to a batch. */
const right = () => {
  const totals = new Map<string, { count: number; sum: number }>()
  const records = times.map((time, index) => {
    const lines = entries.slice(index * 2, index * 2 + 2).map(({ id, key, seq, value }) => {
      const { count, sum } = totals.get(key) ?? { count: 0, sum: 0 }
      totals.set(key, { count: count + 1, sum: sum + value })
      return `${id} ${key} ${seq} ${value} ${count + 1} ${sum + value}`
    })
    return { time, lines }
  })
  const windows = times.filter((time) => time % slideMillis === 0).map((time) => {
    const inside = entries.filter((_, index) => {
      const at = times[Math.floor(index / 2)]!
      return at > time - windowMillis && at <= time
    })
    const keys = [...new Set(inside.map(({ key }) => key))]
    const lines = keys.map((key) => {
      const values = inside.filter((entry) => entry.key === key).map(({ value }) => value)
      return `${key} ${values.length} ${values.reduce((left, right) => left + right, 0)}`
    })
    return { time, lines }
  })
  const rows = records.flatMap(({ lines }, index) => lines.map((line) => [index + 1, line] as const))
  return { records, windows, rows }
}

type Sinks = ReturnType<typeof right>

describe("the verifier", () => {
  let directory = ""

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "millrace-verify-"))
  })

  afterEach(() => rmSync(directory, { recursive: true }))

  const found = (change: (sinks: Sinks) => void, asked: Asked = whole) => {
    const sinks = right()
    change(sinks)
    writeInput(join(directory, "input"), entries)
    for (const output of ["records", "windows"] as const) {
      mkdirSync(join(directory, output))
      for (const { lines, time } of sinks[output]) {
        writeFileSync(join(directory, output, `${output}-${time}.txt`), lines.map((line) => `${line}\n`).join(""))
      }
    }
    const database = new DatabaseSync(join(directory, "rows.sqlite"))
    database.exec("CREATE TABLE IF NOT EXISTS rows (output TEXT, batch INTEGER, line TEXT)")
    const insert = database.prepare("INSERT INTO rows VALUES ('rows', ?, ?)")
    for (const [batch, line] of sinks.rows) insert.run(batch, line)
    database.close()
    writeFileSync(join(directory, "records", ".records-1.txt.1.tmp"), "what was not finished does not count")
    return verify(directory, asked)
  }
  const kinds = (change: (sinks: Sinks) => void) => new Set(found(change).findings.map(({ what }) => what))

  it("finds nothing where nothing is wrong", () => {
    assert.deepStrictEqual(found(() => {}), {
      findings: [],
      records: 60,
      of: 60,
      batches: 30,
      windows: 6,
      missing: []
    })
  })

  const last = <A>(list: Array<A>): A => list.at(-1)!
  const cases: ReadonlyArray<readonly [title: string, what: string, change: (sinks: Sinks) => void]> = [
    ["a record that is lost", "lost", ({ records }) => records[4]!.lines.pop()],
    ["a batch that is lost", "lost", ({ records }) => records.splice(7, 1)],
    ["the end that is lost", "lost", ({ records }) => records.pop()],
    ["a record that came twice", "doubled", ({ records }) => records[9]!.lines.push(records[8]!.lines[0]!)],
    ["records in another order", "reordered", ({ records }) => records[5]!.lines.reverse()],
    ["a line that was cut", "torn", ({ records }) => records[3]!.lines.push(records[3]!.lines.pop()!.slice(0, -3))],
    ["a line of another shape", "torn", ({ records }) => records[3]!.lines.push("7 k1")],
    ["a count that went back", "wrong", ({ records }) => {
      last(records).lines[0] = last(records).lines[0]!.replace(/\d+ (-?\d+)$/, "0 $1")
    }],
    ["a sum that is wrong", "wrong", ({ records }) => {
      last(records).lines[0] = last(records).lines[0]!.replace(/-?\d+$/, "123456")
    }],
    ["a record that nobody sent", "wrong", ({ records }) => {
      last(records).lines[1] = "60 k0 1 1 1 1"
    }],
    ["a row that is lost", "lost", ({ rows }) => rows.pop()],
    ["a row that is lost in between", "wrong", ({ rows }) => rows.splice(7, 1)],
    ["a row that came twice", "wrong", ({ rows }) => rows.splice(7, 0, rows[7]!)],
    ["rows of an older batch that came late", "reordered", ({ rows }) => rows.reverse()],
    ["a window that is lost", "lost", ({ windows }) => windows.splice(2, 1)],
    ["a window without a key", "lost", ({ windows }) => windows[2]!.lines.pop()],
    ["a window with a key twice", "doubled", ({ windows }) => windows[2]!.lines.push(windows[2]!.lines[0]!)],
    ["a window with another sum", "wrong", ({ windows }) => {
      windows[3]!.lines[0] = windows[3]!.lines[0]!.replace(/-?\d+$/, "123456")
    }],
    ["a window at no time of its own", "wrong", ({ windows }) => windows.push({ time: 10_100, lines: [] })]
  ]
  it.each(cases)("finds %s", (_, what, change) => assert.isTrue(kinds(change).has(what as never)))

  it("allows records to be missing where a connection ended, and nowhere else", () => {
    const withoutWindows = (sinks: Sinks) => {
      sinks.windows.length = 0
      sinks.records.length = 0
      sinks.records.push({ time: 10_100, lines: ["3 k0 1 1 1 1"] })
    }
    const ends: Array<readonly [number, number]> = [[30, 70], [0, 2], [4, 31]]
    const { findings, missing } = found(withoutWindows, { ...whole, mayMiss: ends })
    assert.deepStrictEqual(missing, [[1, 2], [4, 60]])
    assert.isFalse(findings.some(({ what }) => what === "lost"))
    ends.pop()
    rmSync(directory, { recursive: true })
    mkdirSync(directory)
    const elsewhere = found(withoutWindows, { ...whole, mayMiss: ends }).findings
    assert.deepStrictEqual(elsewhere.filter(({ what }) => what === "lost"), [
      { what: "lost", detail: "records 4 to 60 are missing" }
    ])
  })

  const byKeys: Asked = { ...whole, order: "keys" }
  const lines = ({ records }: Sinks) => records.flatMap(({ lines }) => lines)

  it("lets keys come in any order where there is none, but not the records of a key", () => {
    const change = (edit: (all: Array<string>) => void) => ({ records, rows, windows }: Sinks) => {
      windows.length = 0
      const all = records.splice(0).flatMap(({ lines }) => lines)
      edit(all)
      records.push({ time: 10_100, lines: all })
      rows.splice(0, rows.length, ...all.map((line) => [1, line] as const))
    }
    const of = (edit: (all: Array<string>) => void) => {
      rmSync(directory, { recursive: true })
      mkdirSync(directory)
      return new Set(found(change(edit), byKeys).findings.map(({ detail, what }) => what === "wrong" ? detail : what))
    }
    const keyOf = (line: string) => line.split(" ")[1]!
    const sorted = (all: Array<string>) => all.sort((left, right) => keyOf(left).localeCompare(keyOf(right)))
    assert.deepStrictEqual([...of(sorted)], [])
    assert.isTrue(of((all) => sorted(all).reverse()).has("reordered"))
    assert.isTrue(of((all) => sorted(all).splice(20, 1)).has("lost"))
    assert.isTrue(of((all) => sorted(all).splice(20, 0, all[20]!)).has("doubled"))
  })

  it("holds what is in Kafka against the files", () => {
    const all = lines(right())
    const with_ = (kafka: ReadonlyArray<string>) => {
      rmSync(directory, { recursive: true })
      mkdirSync(directory)
      return found(() => {}, { ...whole, kafka }).findings.map(({ what }) => what)
    }
    assert.deepStrictEqual(with_(all), [])
    assert.deepStrictEqual(with_(all.slice(0, -1)), ["lost"])
    assert.deepStrictEqual(with_([...all.slice(0, 30), ...all.slice(29)]), ["wrong"])
  })

  it("asks for no more than a beginning while the program goes on", () => {
    const { findings } = found((sinks) => {
      sinks.records.splice(11)
      sinks.rows.splice(20)
      sinks.windows.splice(2)
    }, { ...whole, isComplete: false })
    assert.deepStrictEqual(findings, [])
  })
})
