/** What an operator costs the type checker. */
import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { atMost, type Suite } from "../harness/Figure.ts"

const root = join(import.meta.dirname, "..", "..")
const folder = join(import.meta.dirname, "..", ".cache", "types")
const operators = 40

const imports = `import { DStream, Pipeline, Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
`

const unused = `${imports}export const used = [DStream.map, Pipeline.make, Receiver.perBatch, Effect.void]\n`

/** One of each kind in turn, so that items become texts, pairs and objects again and again. */
const steps = [
  "DStream.map((n) => `${n} ${n}`)",
  'DStream.flatMap((text) => text.split(" "))',
  "DStream.filter((word) => word.length > 0)",
  "DStream.map((word) => [word, 1])",
  "DStream.reduceByKey((left, right) => left + right)",
  "DStream.mapValues((n) => ({ n, double: n * 2 }))",
  "DStream.filter(([word, { n }]) => word.length < n)",
  "DStream.map(([word, { double }]) => ({ word, double }))",
  "DStream.keyBy(({ word }) => word)",
  "DStream.map(([, { double }]) => double)"
]

/** `pipe` takes twenty at most, so there are two. */
const pipeline = () => {
  const pipes = [0, operators / 2].map((from) => {
    const lines = Array.from({ length: operators / 2 }, (_, index) => `  ${steps[(from + index) % steps.length]}`)
    return `.pipe(\n${lines.join(",\n")}\n)`
  })
  return `${imports}
declare const numbers: Receiver.Receiver<number>
const stream = DStream.fromReceiver(numbers)${pipes.join("")}
const output = DStream.foreachBatch(stream, "out", () => Effect.void)
export const pipeline = Pipeline.make("types", { batchInterval: "1 second", outputs: [output] })
`
}

const config = (file: string): string =>
  JSON.stringify({
    extends: "../../../tsconfig.base.json",
    files: [file],
    compilerOptions: { noEmit: true, noUnusedLocals: false, composite: false, incremental: false, plugins: [] }
  })

/** In one thread, so that the number is the same on every run. */
const instantiations = (name: string, source: string): number => {
  writeFileSync(join(folder, `${name}.ts`), source)
  writeFileSync(join(folder, `${name}.json`), config(`${name}.ts`))
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
  const args = [tsc, "-p", join(folder, `${name}.json`), "--extendedDiagnostics", "--singleThreaded"]
  const report = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" })
  return Number(/^Instantiations:\s+(\d+)/m.exec(report)?.[1])
}

export const types: Suite = {
  names: ["types.instantiations.per.operator"],
  run: async () => {
    mkdirSync(folder, { recursive: true })
    const without = instantiations("imports", unused)
    const of = instantiations("pipeline", pipeline())
    const perOperator = (of - without) / operators
    const absolute = `${of} with ${operators} operators, ${without} without`
    return [atMost("types.instantiations.per.operator", 120, perOperator, "", absolute)]
  }
}
