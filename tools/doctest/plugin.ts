import { readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { join, relative } from "node:path"
import type { Plugin } from "vite"
import { examplesOf } from "./examples.ts"
import { rewrite } from "./rewrite.ts"

const compare = join(import.meta.dirname, "compare.ts")

/** Every example is a module of its own, `<document>?example=<n>`: static imports and top-level await just work. */
const moduleOf = (root: string, file: string, index: number): string => {
  const name = relative(root, file)
  const example = examplesOf(readFileSync(file, "utf8"))[index]!
  try {
    const code = stripTypeScriptTypes(rewrite(example.code))
    const imported = `import { compareAt as __at } from ${JSON.stringify(compare)};`
    const compared = `${imported} const __compare = __at(${JSON.stringify(name)});`
    return compared + code
  } catch (cause) {
    throw new Error(`${name}:${example.line}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

const testsOf = (root: string, file: string): string => {
  const examples = examplesOf(readFileSync(file, "utf8"))
  const calls = examples.map(
    ({ line, name }, index) =>
      `test(${JSON.stringify(`${relative(root, file)}:${line} ${name}`.trim())}, () => import(${JSON.stringify(
        `${file}?example=${index}`
      )}))`
  )
  return `{ const { test } = import.meta.vitest; ${calls.join("; ")} }`
}

/** Runs the examples of the given documents as tests. A source file stays what it is, with its tests behind it. */
export const doctest = (root: string, files: ReadonlyArray<string>): Plugin => {
  const documents = new Set(files.map((file) => join(root, file)))
  return {
    name: "millrace-doctest",
    enforce: "pre",
    // Vite may hand back a path that starts at the root of the project.
    resolveId(id) {
      const [file = id, query] = id.split("?")
      if (query?.startsWith("example=") !== true) return undefined
      return documents.has(file) ? id : join(root, id)
    },
    load(id) {
      const [file = id, query] = id.split("?")
      if (!documents.has(file)) return
      const example = /^example=(\d+)$/.exec(query ?? "")
      if (example !== null) return { code: moduleOf(root, file, Number(example[1])), map: null }
      return file.endsWith(".md") ? { code: `if (import.meta.vitest) ${testsOf(root, file)}`, map: null } : undefined
    },
    transform(code, id) {
      if (id.includes("?") || !id.endsWith(".ts") || !documents.has(id)) return
      return { code: `${code}\nif (import.meta.vitest) ${testsOf(root, id)}`, map: null }
    }
  }
}
