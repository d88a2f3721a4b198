/** Reads the input and what the sinks hold, nothing else, and says what is wrong with it. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Database, linesIn } from "./Database.ts"
import { type Entry, readInput } from "./input.ts"
import { readRows } from "./readRows.ts"
import { type Counted, slideMillis, windowMillis } from "./Settings.ts"

export interface Finding {
  readonly what: "lost" | "doubled" | "reordered" | "torn" | "wrong"
  readonly detail: string
}

/** A batch as a sink holds it. */
export interface Written {
  readonly name: string
  readonly time: number
  readonly lines: ReadonlyArray<string>
}

export interface Verdict {
  readonly findings: ReadonlyArray<Finding>
  /** How many records are in the sinks, and of how many; which stretches are missing, where some may be. */
  readonly records: number
  readonly of: number
  readonly batches: number
  readonly windows: number
  readonly missing: ReadonlyArray<Stretch>
}

export interface Asked {
  /** Whether everything has to be there by now. */
  readonly isComplete: boolean
  /** Where records may be missing: those that were on their way when their connection ended. */
  readonly mayMiss: ReadonlyArray<Stretch>
  readonly postgres?: Database | undefined
  /** What readers of committed records see in Kafka. */
  readonly kafka?: ReadonlyArray<string> | undefined
  /** Whether the records of all keys are in order together, or those of each key for themselves. */
  readonly order: "all" | "keys"
}

export type Stretch = readonly [from: number, to: number]

/** So many findings say enough. */
const findingsMax = 20

export const verify = (directory: string, asked: Asked, entries = readInput(join(directory, "input"))): Verdict => {
  const findings: Array<Finding> = []
  const find = (what: Finding["what"], detail: string) => {
    if (findings.length < findingsMax) findings.push({ what, detail })
  }
  // A program may run meanwhile: what it does now is not asked for, and what it serves later is read earlier.
  const due = read(join(directory, "records"), "records", find).at(-1)?.time ?? -Infinity
  const windows = read(join(directory, "windows"), "windows", find)
  const lines = asked.postgres === undefined ? undefined : linesIn(asked.postgres)
  const rows = readRows(join(directory, "rows.sqlite"), "rows")
  const records = read(join(directory, "records"), "records", find)
  const delivered = records.flatMap(({ lines, name }) => lines.map((line) => counted(line, name, find)))
  const missing = asked.order === "all"
    ? checkOrder(delivered, entries.length, asked, find)
    : checkOrderOfKeys(delivered, entries, asked.isComplete, find)
  checkState(delivered, entries, find)
  checkRows("SQLite", rows.map(([, line]) => line), records, asked, find)
  if (rows.some(([batch], index) => batch < (rows[index - 1]?.[0] ?? 0))) find("reordered", "an older batch came late")
  if (lines !== undefined) checkRows("PostgreSQL", lines, records, asked, find)
  if (asked.kafka !== undefined) checkRows("Kafka", asked.kafka, records, asked, find)
  checkWindows(records, windows, asked.isComplete ? Infinity : due, find)
  return {
    findings,
    records: delivered.length,
    of: entries.length,
    batches: records.length,
    windows: windows.length,
    missing
  }
}

type Find = (what: Finding["what"], detail: string) => void

/** The batches of one output in the order of their times. What is hidden was not finished. */
const read = (directory: string, output: string, find: Find): ReadonlyArray<Written> => {
  if (!existsSync(directory)) return []
  const names = readdirSync(directory).filter((name) => !name.startsWith("."))
  const batches = names.map((name): Written => {
    const text = readFileSync(join(directory, name), "utf8")
    const time = Number(new RegExp(`^${output}-(\\d+)\\.txt$`).exec(name)?.[1])
    if (!Number.isSafeInteger(time)) find("wrong", `${name} is no file of ${output}`)
    if (text !== "" && !text.endsWith("\n")) find("torn", `${name} ends within a line`)
    return { name, time, lines: text.split("\n").slice(0, -1) }
  })
  return batches.sort((left, right) => left.time - right.time)
}

const counted = (line: string, name: string, find: Find): Counted => {
  const [id, key = "", seq, value, count, sum, ...more] = line.split(" ")
  const found = { id: Number(id), key, seq: Number(seq), value: Number(value), count: Number(count), sum: Number(sum) }
  const numbers = [found.id, found.seq, found.value, found.count, found.sum]
  const isWhole = more.length === 0 && sum !== undefined && numbers.every(Number.isSafeInteger)
  if (!isWhole) find("torn", `${name} holds ${line}`)
  return found
}

/** Ids go up by one, but for the stretches that may be missing. */
const checkOrder = (
  delivered: ReadonlyArray<Counted>,
  total: number,
  { isComplete, mayMiss }: Asked,
  find: Find
): Verdict["missing"] => {
  const missing: Array<Stretch> = []
  const seen = new Set<number>()
  let last = 0
  for (const { id } of delivered) {
    if (seen.has(id)) find("doubled", `record ${id} came again after ${last}`)
    else if (id < last) find("reordered", `record ${id} came after ${last}`)
    else if (id > last + 1) missing.push([last + 1, id - 1])
    seen.add(id)
    last = Math.max(last, id)
  }
  if (isComplete && last < total) missing.push([last + 1, total])
  const allowed = united(mayMiss)
  for (const [from, to] of missing) {
    if (!allowed.some((each) => each[0] <= from && to <= each[1])) find("lost", `records ${from} to ${to} are missing`)
  }
  return missing
}

/** The records of each key go up by one, and nothing is missing in between. */
const checkOrderOfKeys = (
  delivered: ReadonlyArray<Counted>,
  entries: ReadonlyArray<Entry>,
  isComplete: boolean,
  find: Find
): Verdict["missing"] => {
  const last = new Map<string, number>()
  const seen = new Set<number>()
  for (const { id, key, seq } of delivered) {
    const before = last.get(key) ?? 0
    if (seen.has(id)) find("doubled", `record ${id} came again`)
    else if (seq < before) find("reordered", `record ${seq} of ${key} came after ${before}`)
    else if (seq > before + 1) find("lost", `records ${before + 1} to ${seq - 1} of ${key} are missing`)
    seen.add(id)
    last.set(key, Math.max(before, seq))
  }
  const missing = isComplete ? entries.filter(({ id }) => !seen.has(id)) : []
  if (missing.length > 0) find("lost", `${missing.length} records are missing, first ${missing[0]?.id}`)
  return missing.map(({ id }) => [id, id])
}

/** The same, where stretches that touch are one. */
const united = (stretches: ReadonlyArray<Stretch>): ReadonlyArray<Stretch> => {
  const all: Array<Stretch> = []
  for (const next of stretches.toSorted((left, right) => left[0] - right[0])) {
    const last = all.at(-1)
    if (last === undefined || next[0] > last[1] + 1) all.push(next)
    else all[all.length - 1] = [last[0], Math.max(last[1], next[1])]
  }
  return all
}

/** What was remembered of a key is what its delivered records add up to. */
const checkState = (delivered: ReadonlyArray<Counted>, entries: ReadonlyArray<Entry>, find: Find): void => {
  const sums = new Map<string, { count: number; sum: number }>()
  for (const { count, id, key, seq, sum, value } of delivered) {
    const entry = entries[id - 1]
    if (entry === undefined || entry.key !== key || entry.seq !== seq || entry.value !== value) {
      find("wrong", `record ${id} is not what went in`)
      continue
    }
    const naive = sums.get(key) ?? { count: 0, sum: 0 }
    naive.count++
    naive.sum += value
    sums.set(key, naive)
    if (naive.count !== count || naive.sum !== sum) {
      find("wrong", `record ${id} has the count ${count} and the sum ${sum}, not ${naive.count} and ${naive.sum}`)
      return
    }
  }
}

/** A sink with transactions has what the first sink has, in the same order, but perhaps for the newest batches. */
const checkRows = (
  where: string,
  found: ReadonlyArray<string>,
  records: ReadonlyArray<Written>,
  { isComplete }: Asked,
  find: Find
): void => {
  const expected = records.flatMap(({ lines }) => lines)
  const at = found.findIndex((line, index) => line !== expected[index])
  if (at !== -1) find("wrong", `row ${at + 1} of ${where} is ${found[at]}, not ${expected[at]}`)
  if (isComplete && found.length < expected.length) {
    find("lost", `${where} ends after ${found.length} rows of ${expected.length}`)
  }
}

/** Each window put together anew from the batches in it. Those before `due` have to be there. */
const checkWindows = (
  records: ReadonlyArray<Written>,
  windows: ReadonlyArray<Written>,
  due: number,
  find: Find
): void => {
  const first = records[0]?.time ?? Infinity
  const last = records.at(-1)?.time ?? -Infinity
  const found = new Map(windows.map((window) => [window.time, window]))
  for (const { name, time } of windows) {
    if (time % slideMillis !== 0 || time < first || time > last) find("wrong", `${name} is at a time without a window`)
  }
  for (let time = Math.ceil(first / slideMillis) * slideMillis; time <= last; time += slideMillis) {
    const window = found.get(time)
    const expected = naive(records, time)
    if (window !== undefined) checkWindow(window, expected, find)
    // While nothing runs, windows that have nothing in them are not told. A batch reaches one output after the other.
    else if (expected.size > 0 && time < due) find("lost", `no window at ${time}`)
  }
}

const checkWindow = ({ lines, name }: Written, expected: ReadonlyMap<string, Totals>, find: Find): void => {
  const keys = new Set(lines.map((line) => line.split(" ")[0]))
  if (keys.size !== lines.length) find("doubled", `${name} has a key twice`)
  for (const line of lines) {
    const [key = "", count, sum] = line.split(" ")
    const totals = expected.get(key)
    if (totals === undefined || String(totals.count) !== count || String(totals.sum) !== sum) {
      find("wrong", `${name} says ${line}, not ${key} ${totals?.count} ${totals?.sum}`)
    }
  }
  for (const key of expected.keys()) if (!keys.has(key)) find("lost", `${name} is without ${key}`)
}

interface Totals {
  count: number
  sum: number
}

const naive = (records: ReadonlyArray<Written>, time: number): ReadonlyMap<string, Totals> => {
  const totals = new Map<string, Totals>()
  for (const batch of records) {
    if (batch.time <= time - windowMillis || batch.time > time) continue
    for (const line of batch.lines) {
      const [_, key = "", __, value] = line.split(" ")
      const found = totals.get(key) ?? { count: 0, sum: 0 }
      found.count++
      found.sum += Number(value)
      totals.set(key, found)
    }
  }
  return totals
}
