/** Reads what a rolling output has committed: its finished parts, and the open one by the manifest. */
import * as Files from "@millrace/sinks/Files"
import { Effect } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { crc32, gunzipSync } from "node:zlib"

const timeOf = (name: string): number => Number(/-(\d+)(\.\w+)*$/.exec(name)?.[1])

/** Names of finished parts below a directory, in the order of their batches. */
export const finishedParts = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\/\./.test(`${entry.parentPath}/${entry.name}`.slice(directory.length)))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((left, right) => timeOf(left) - timeOf(right))

const linesOf = (bytes: Buffer): ReadonlyArray<string> => bytes.toString().split("\n").slice(0, -1)

export const finishedLines = (directory: string): ReadonlyArray<string> =>
  finishedParts(directory).flatMap((path) => linesOf(path.endsWith(".gz") ? gunzipSync(readFileSync(path)) : readFileSync(path)))

const readIfThere = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/**
 * All lines that are committed. A checksum that does not hold shows as a line of its own. While somebody writes, a part
 * that is finished in between may be missing, and none is there twice.
 */
export const readLines = (
  directory: string,
  prefixes: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function*() {
    const lines = [...finishedLines(directory)]
    for (const prefix of prefixes) {
      const manifest = yield* Effect.orDie(Files.readManifest({ directory, prefix }))
      if (manifest?.open === undefined) continue
      const { bytes: length, crc32: sum, finalPath, path } = manifest.open
      // It was finished since the manifest was read.
      const whole = readIfThere(path)
      if (whole === undefined) return yield* readLines(directory, prefixes)
      const bytes = whole.subarray(0, length)
      if (crc32(bytes) !== sum) lines.push("the checksum of the open part does not hold")
      lines.push(...linesOf(finalPath.endsWith(".gz") ? gunzipSync(bytes) : bytes))
    }
    return lines
  })
