/** How windows over keys are written down: per batch, what it touched. */
import type { Primitive } from "../batch/Key.ts"
import { newEncodedKey, newKey } from "./guard.ts"
import type { FullPane, PaneGrid } from "./Panes.ts"
import { Held } from "./Pile.ts"
import { fromJson, toJson } from "./primitiveJson.ts"

/** To JSON and back. */
export interface Json {
  readonly encode: (value: unknown) => unknown
  readonly decode: (json: unknown) => unknown
}

/** How keys and values become JSON. Without `key`, keys are primitives. */
export interface WindowJson {
  readonly value: Json
  readonly key: Json | undefined
}

/** What keys are written as where nothing else is said. */
export const primitives: Json = {
  encode: (key) => {
    switch (typeof key) {
      case "string":
      case "number":
      case "bigint":
      case "boolean":
        return toJson(key)
      default:
        throw new TypeError("This key is not a primitive: the operator's option key must say how it is written down")
    }
  },
  decode: fromJson
}

/** The key that a window keeps: checked, and known to have a form in which it can be written down. */
export const newWindowKey = (key: unknown, name: Primitive, json: WindowJson): unknown => {
  if (key === name) return newKey(key)
  newEncodedKey(name)
  if (json.key === undefined && !Object.is(key, name)) primitives.encode(key)
  return key
}

/** A key's serial number, and its key where the name is not the key. */
export const writeKey = ({ key, name, serial }: Held, json: Json): ReadonlyArray<unknown> =>
  Object.is(key, name) ? [toJson(name), serial] : [toJson(name), serial, json.encode(key)]

export const readKey = (row: ReadonlyArray<unknown>, json: Json): Held => {
  const name = fromJson(row[0])
  return new Held(row.length > 2 ? json.decode(row[2]) : name, name, Number(row[1]))
}

/** What one batch left: values of keys in the pane that it belongs to, and totals. */
export interface Chunk {
  readonly values: Iterable<readonly [Held, unknown]>
  readonly totals: Iterable<readonly [Held, unknown]>
}

/** A key that has only been in the open pane has no total yet, and one that left has none any more. */
export const totalsOf = (all: Iterable<Held>): ReadonlyArray<readonly [Held, unknown]> =>
  [...all].filter(({ count }) => count > 0).map((held) => [held, held.total] as const)

export const writeChunk = (chunk: Chunk, { key = primitives, value }: WindowJson): unknown => [
  Array.from(chunk.values, ([held, v]) => [value.encode(v), ...writeKey(held, key)]),
  Array.from(chunk.totals, ([held, v]) => [value.encode(v), toJson(held.name)])
]

/** All panes that something was ever written of, each as one chunk, by time; totals go with the newest. */
export const writePanes = (
  panes: ReadonlyArray<FullPane>,
  totals: Chunk["totals"],
  json: WindowJson
): Map<unknown, unknown> => {
  const written = panes.filter(({ pane }) => pane.times.length > 0)
  return new Map(written.map(({ pane, values }, index) => {
    const chunk = {
      values: pane.held.map((held, at) => [held, values[at]] as const),
      totals: index === written.length - 1 ? totals : []
    }
    return [pane.times.at(-1) ?? 0, writeChunk(chunk, json)]
  }))
}

/** All chunks of a window, put together again. */
export interface Chunks {
  /** Oldest first, and without the one that is open. */
  readonly panes: ReadonlyArray<FullPane>
  readonly current: FullPane | undefined
  readonly totals: ReadonlyMap<Held, unknown>
}

/** A pane whose last chunk is not of its end was not closed, or closed without effect: it is taken as open. */
export const readChunks = (
  entries: ReadonlyMap<unknown, unknown>,
  grid: PaneGrid,
  { key = primitives, value }: WindowJson
): Chunks => {
  const known = new Map<Primitive, Held>()
  const panes: Array<{ readonly number: number; readonly times: Array<number>; readonly values: Values }> = []
  const totals = new Map<Held, unknown>()
  const ordered = [...entries].flatMap(([time, json]) => typeof time === "number" ? [[time, rows(json)] as const] : [])
  for (const [time, [values, changed]] of ordered.sort(([left], [right]) => left - right)) {
    const number = grid.number(time)
    let pane = panes[panes.length - 1]
    if (pane?.number !== number) panes.push(pane = { number, times: [], values: new Map<Held, unknown>() })
    pane.times.push(time)
    for (const [json, ...row] of values) {
      const read = readKey(row, key)
      const held = known.get(read.name) ?? read
      known.set(held.name, held)
      pane.values.set(held, value.decode(json))
    }
    for (const [json, name] of changed) {
      const held = known.get(fromJson(name))
      if (held !== undefined) totals.set(held, value.decode(json))
    }
  }
  const full = panes.map(({ number, times, values }): FullPane => ({
    pane: { number, times, held: [...values.keys()], gone: 0 },
    values: [...values.values()]
  }))
  const lastTime = full.at(-1)?.pane.times.at(-1)
  const current = lastTime === undefined || grid.isEnd(lastTime) ? undefined : full.pop()
  return { panes: full, current, totals }
}

type Values = Map<Held, unknown>

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

const rows = (json: unknown): readonly [values: Rows, totals: Rows] => {
  if (!Array.isArray(json) || !json.every(Array.isArray)) throw new TypeError("What was written down is no window")
  const [values = [], totals = []] = json
  return [values, totals]
}
