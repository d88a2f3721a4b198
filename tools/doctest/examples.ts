import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** A fenced block that asked to be run: ```ts import.meta.vitest */
export interface Example {
  /** The line of the opening fence, from 1. */
  readonly line: number
  readonly name: string
  /** The code, on the lines and columns it has in its document, so that a failure points there. */
  readonly code: string
}

const fence = /^([ \t]*(?:\*[ \t]?)?)(`{3,}|~{3,})(.*)$/
const wanted = /^\s*ts\s+import\.meta\.vitest(?:\s+name="([^"]*)")?\s*$/

/** The examples of a Markdown document or of the doc comments of a source file. */
export const examplesOf = (text: string): ReadonlyArray<Example> => {
  const lines = text.split(/\r?\n/)
  const examples: Array<Example> = []
  let open: { readonly mark: string; readonly line: number; readonly name: string | undefined } | undefined
  let code: Array<string> = []
  lines.forEach((line, index) => {
    const found = fence.exec(line)
    if (open === undefined) {
      if (found === null) return
      const header = wanted.exec(found[3]!)
      open = { mark: found[2]!, line: index + 1, name: header === null ? undefined : (header[1] ?? "") }
      code = []
    } else if (found !== null && found[2]!.startsWith(open.mark) && found[3]!.trim() === "") {
      if (open.name !== undefined) {
        examples.push({ line: open.line, name: open.name, code: "\n".repeat(open.line) + code.join("\n") })
      }
      open = undefined
    } else {
      code.push(line.replace(/^[ \t]*\*(?:[ \t]|$)/, (prefix) => " ".repeat(prefix.length)))
    }
  })
  if (open !== undefined && open.name !== undefined) throw new Error(`the example at line ${open.line} is never closed`)
  return examples
}

const documents = (root: string): ReadonlyArray<string> => {
  const inside = (folder: string, ending: string): ReadonlyArray<string> => {
    try {
      return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(ending))
        .map((file) => join(folder, file))
    } catch {
      return []
    }
  }
  const packages = readdirSync(join(root, "packages"))
  return [
    "README.md",
    ...inside("docs", ".md"),
    ...packages.map((name) => `packages/${name}/README.md`),
    ...packages.flatMap((name) => inside(`packages/${name}/src`, ".ts"))
  ]
}

/** The files of the repository that hold at least one example. */
export const filesWithExamples = (root: string): Array<string> =>
  documents(root).filter((file) => {
    try {
      return readFileSync(join(root, file), "utf8").includes("ts import.meta.vitest")
    } catch {
      return false
    }
  })
