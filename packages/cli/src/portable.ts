/**
 * A checkpoint as a directory that any tool reads: `manifest.json`, what each operator remembers as a line per entry in
 * `operators/`, and `journal.ndjson` with what is in no snapshot.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import type { Checkpoint } from "@millrace/core"
import * as Effect from "effect/Effect"
import { failed, type Failure } from "./Failure.ts"
import { makeDirectories } from "./makeDirectories.ts"
import { deltasOf, rowsOf } from "./rows.ts"
import { systemText } from "./systemText.ts"

const format = 1

type State = Checkpoint.Image["snapshot"]["states"][number]

export const writePortable = (directory: string, image: Checkpoint.Image): Effect.Effect<void, Failure> =>
  attempt("NotWritten", directory, () => {
    if (existsSync(directory) && readdirSync(directory).length > 0) throw new Error("it is not empty")
    makeDirectories(join(directory, "operators"))
    const { states, ...snapshot } = image.snapshot
    const names = [...new Set(states.map(({ operator }) => operator))]
    const operators = names.map((name, index) => ({ name, file: `operators/${index + 1}.ndjson` }))
    for (const { file, name } of operators) {
      writeLines(join(directory, file), rowsOf(states.filter(({ operator }) => operator === name).map(({ delta }) => delta)))
    }
    writeLines(join(directory, "journal.ndjson"), [...image.data, ...image.batches])
    // Last: without it there is nothing to import.
    const manifest = { format, manifest: image.manifest, snapshot, operators }
    writeFileSync(join(directory, "manifest.json"), `${JSON.stringify(manifest, undefined, 2)}\n`)
  })

export const readPortable = (directory: string): Effect.Effect<Checkpoint.Image, Failure> =>
  attempt("NotRead", directory, () => {
    const { format: found, manifest, operators, snapshot } = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"))
    if (found !== format) throw new Error(`manifest.json has format ${found}, and format ${format} is known`)
    if (!Array.isArray(operators) || typeof snapshot !== "object" || typeof manifest !== "object") {
      throw new Error("manifest.json is not the manifest of an export")
    }
    const states = operators.flatMap(({ file, name }): ReadonlyArray<State> =>
      deltasOf(readLines(directory, String(file))).map((delta) => ({ operator: String(name), delta }))
    )
    const records = readLines(directory, "journal.ndjson")
    const image = {
      manifest,
      snapshot: { ...snapshot, manifest, states },
      data: records.filter((record) => tagOf(record) === "Data"),
      batches: records.filter((record) => tagOf(record) !== "Data")
    }
    // `Checkpoint.write` looks at every record before it writes the first.
    return image as Checkpoint.Image
  })

const tagOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "_tag" in value ? value._tag : undefined

const linesAtOnce = 1000

const writeLines = (path: string, values: Iterable<unknown>): void => {
  const file = openSync(path, "wx", 0o600)
  try {
    let lines: Array<string> = []
    const flush = () => {
      if (lines.length > 0) writeSync(file, `${lines.join("\n")}\n`)
      lines = []
    }
    for (const value of values) {
      lines.push(JSON.stringify(value))
      if (lines.length === linesAtOnce) flush()
    }
    flush()
  } finally {
    closeSync(file)
  }
}

/** What a line holds is not shown: it may be anything. */
const readLines = (directory: string, file: string): ReadonlyArray<unknown> =>
  readFileSync(join(directory, file), "utf8").split("\n").flatMap((line, index) => {
    if (line === "") return []
    try {
      return [JSON.parse(line)]
    } catch {
      throw new Error(`line ${index + 1} of ${file} is no JSON`)
    }
  })

const attempt = <A>(kind: string, directory: string, body: () => A): Effect.Effect<A, Failure> =>
  Effect.try({
    try: body,
    catch: (error) =>
      failed(kind, `${kind === "NotRead" ? "Nothing can be read from" : "Nothing can be written to"} ${directory}: ` +
        systemText(error, directory))
  })
