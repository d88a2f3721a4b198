/** The records that go in: each has an id, the keys' own sequences, and a value. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { randomOf } from "./random.ts"

export interface Entry {
  /** 1, 2, 3 … over all. */
  readonly id: number
  readonly key: string
  /** 1, 2, 3 … for each key. */
  readonly seq: number
  readonly value: number
}

const keys = 40
const linesPerFile = 2_999

export const lineOf = ({ id, key, seq, value }: Entry): string => `${id} ${key} ${seq} ${value}`

export const parse = (line: string): Entry => {
  const [id, key, seq, value] = line.split(" ")
  return { id: Number(id), key: key ?? "", seq: Number(seq), value: Number(value) }
}

export const makeEntries = (count: number, seed: number): ReadonlyArray<Entry> => {
  const random = randomOf(seed)
  const seqs = new Map<string, number>()
  return Array.from({ length: count }, (_, index) => {
    const key = `k${random.between(1, keys)}`
    const seq = (seqs.get(key) ?? 0) + 1
    seqs.set(key, seq)
    return { id: index + 1, key, seq, value: random.between(-1_000, 1_000) }
  })
}

/** Writes several files; every second one ends without a line ending. */
export const writeInput = (directory: string, entries: ReadonlyArray<Entry>): void => {
  mkdirSync(directory, { recursive: true })
  for (let from = 0, part = 0; from < entries.length; from += linesPerFile, part++) {
    const text = entries.slice(from, from + linesPerFile).map(lineOf).join("\n")
    writeFileSync(join(directory, `part-${String(part).padStart(4, "0")}.txt`), part % 2 === 0 ? `${text}\n` : text)
  }
}

export const readInput = (directory: string): ReadonlyArray<Entry> =>
  readdirSync(directory).sort().flatMap((name) =>
    readFileSync(join(directory, name), "utf8").split("\n").filter((line) => line !== "").map(parse))
