/** From bytes in a file to records: the whole engine with `Files.lines`, against a bare loop that reads and splits. */
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DStream, Pipeline } from "@millrace/core"
import * as Files from "@millrace/receivers/Files"
import * as Effect from "effect/Effect"
import { atLeast, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { quiet } from "../harness/feed.ts"
import { median } from "../harness/statistics.ts"

const lines = 2_000_000
const line = (index: number): string => `${index},order,${(index * 7919) % 1_000_003},some text of a usual length\n`
const rounds = 5
const warm = 1

type Contender = (path: string) => Promise<number>

/** What one writes by hand: cut the text at newlines, keep what is not whole. */
const hand: Contender = async (path) => {
  let characters = 0
  let rest = ""
  for await (const text of createReadStream(path, { encoding: "utf8", highWaterMark: 128 * 1024 })) {
    const lines = (rest + text).split("\n")
    rest = lines.pop()!
    for (let i = 0; i < lines.length; i++) characters += lines[i]!.length
  }
  return characters + rest.length
}

/** The engine as it runs in production, on the real clock; the slow start and the rate control are off. */
const engine: Contender = async (path) => {
  let characters = 0
  const lengths = DStream.fromReceiver(Files.lines({ name: "files", path, initialRate: Infinity })).pipe(
    DStream.map((line) => line.length),
    DStream.reduce((left, right) => left + right)
  )
  const output = DStream.foreachBatch(lengths, "characters", ({ items }) =>
    Effect.sync(() => {
      for (const length of items) characters += length
    }))
  const pipeline = Pipeline.make("files", { batchInterval: "50 millis", backpressure: false, outputs: [output] })
  await Effect.runPromise(quiet(Pipeline.run(pipeline)))
  return characters
}

const contenders = { hand, engine } satisfies Record<string, Contender>

interface Cost {
  /** User and system time of this process, collecting garbage included. */
  readonly cpuMillis: number
  readonly wallMillis: number
}

const cost = async (contender: Contender, path: string, expected: number): Promise<Cost> => {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const found = await contender(path)
  const { system, user } = process.cpuUsage(before)
  if (found !== expected) throw new Error(`Of ${expected} characters ${found} were read`)
  return { cpuMillis: (user + system) / 1000, wallMillis: performance.now() - startedAt }
}

/** Writes the file, and tells how many characters its lines have and how many bytes it has. */
const write = async (path: string) => {
  const file = createWriteStream(path)
  let bytes = 0
  for (let from = 0; from < lines; from += 10_000) {
    const text = Array.from({ length: 10_000 }, (_, index) => line(from + index)).join("")
    bytes += text.length
    if (!file.write(text)) await once(file, "drain")
  }
  file.end()
  await once(file, "finish")
  return { bytes, characters: bytes - lines }
}

const measure = async (): Promise<ReadonlyArray<Figure>> => {
  const directory = mkdtempSync(join(tmpdir(), "millrace-bench-"))
  try {
    const path = join(directory, "lines")
    const { bytes, characters } = await write(path)
    const costs = { hand: new Array<Cost>(), engine: new Array<Cost>() }
    for (let round = 0; round < warm + rounds; round++) {
      for (const name of round % 2 === 0 ? (["hand", "engine"] as const) : (["engine", "hand"] as const)) {
        const figure = await cost(contenders[name], path, characters)
        if (round >= warm) costs[name].push(figure)
      }
    }
    return figures(costs, bytes)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const figures = (costs: Record<keyof typeof contenders, ReadonlyArray<Cost>>, bytes: number): ReadonlyArray<Figure> => {
  const ratio = median(costs.hand.map((hand, round) => hand.cpuMillis / costs.engine[round]!.cpuMillis))
  const nanos = (name: keyof typeof contenders) => median(costs[name].map(({ cpuMillis }) => cpuMillis)) * 1e6 / lines
  const perSecond = (name: keyof typeof contenders) => bytes / median(costs[name].map(({ wallMillis }) => wallMillis)) / 1000
  return [
    atLeast(
      "files.lines.vs.bare",
      0.8,
      ratio,
      `${nanos("engine").toFixed(0)} ns of CPU per line against ${nanos("hand").toFixed(0)}`
    ),
    informational("files.megabytes.per.second", perSecond("engine"), "", `MB of lines; by hand ${perSecond("hand").toFixed(0)}`)
  ]
}

export const files: Suite = {
  names: ["files.lines.vs.bare", "files.megabytes.per.second"],
  run: measure
}
