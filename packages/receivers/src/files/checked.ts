/** Looks at options before anything is opened. */
import { InvalidOption } from "./FilesError.ts"
import type { LineOptions } from "./Options.ts"

const blockBytesMax = 16 * 1024 * 1024

const isPath = (path: string): boolean => path !== "" && !path.includes("\0")

const isCount = (value: number, min: number, max = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isInteger(value) && value >= min && value <= max

/** What is wrong with the options, the first thing of it. */
export const invalidOption = (options: LineOptions): InvalidOption | undefined => {
  const { blockBytes = 1, encoding = "utf8", maxLineLength = 0, path, root = "." } = options
  const checks: ReadonlyArray<readonly [option: string, isGood: boolean, expected: string]> = [
    ["path", isPath(path), "a path that is not empty and holds no NUL"],
    ["root", isPath(root), "a path that is not empty and holds no NUL"],
    ["encoding", encoding === "utf8" || encoding === "latin1", "\"utf8\" or \"latin1\""],
    ["maxLineLength", isCount(maxLineLength, 0), "a whole number of bytes"],
    ["blockBytes", isCount(blockBytes, 1, blockBytesMax), `a whole number of bytes from 1 to ${blockBytesMax}`]
  ]
  const wrong = checks.find(([_, isGood]) => !isGood)
  return wrong === undefined ? undefined : new InvalidOption({ option: wrong[0], expected: wrong[2] })
}
