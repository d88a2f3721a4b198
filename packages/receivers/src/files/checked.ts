/** Looks at options before anything is opened. */
import * as Duration from "effect/Duration"
import { InvalidOption } from "./FilesError.ts"
import type { CompressionOptions, PathOptions } from "./Options.ts"

const blockBytesMax = 16 * 1024 * 1024

const isPath = (path: string): boolean => path !== "" && !path.includes("\0")

export const isCount = (value: number, min: number, max = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isInteger(value) && value >= min && value <= max

export const isDuration = (input: Duration.Input | undefined, min: number): boolean => {
  if (input === undefined) return true
  const millis = Duration.toMillis(input)
  return Number.isFinite(millis) && millis >= min
}

export type Check = readonly [option: string, isGood: boolean, expected: string]

export const firstWrong = (checks: ReadonlyArray<Check>): InvalidOption | undefined => {
  const wrong = checks.find(([_, isGood]) => !isGood)
  return wrong === undefined ? undefined : new InvalidOption({ option: wrong[0], expected: wrong[2] })
}

/** What is wrong with the options, the first thing of it. */
export const invalidPath = ({ blockBytes = 1, path, root = "." }: PathOptions): InvalidOption | undefined =>
  firstWrong([
    ["path", isPath(path), "a path that is not empty and holds no NUL"],
    ["root", isPath(root), "a path that is not empty and holds no NUL"],
    ["blockBytes", isCount(blockBytes, 1, blockBytesMax), `a whole number of bytes from 1 to ${blockBytesMax}`]
  ])

/** The same of what is said about compression. */
export const invalidCompression = ({
  maxDecompressedBytes = 1,
  maxDecompressionRatio = 1
}: CompressionOptions): InvalidOption | undefined =>
  firstWrong([
    ["maxDecompressedBytes", isCount(maxDecompressedBytes, 1), "a whole number of bytes"],
    ["maxDecompressionRatio", maxDecompressionRatio >= 1, "a number from 1 on"]
  ])
