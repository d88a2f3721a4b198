/** Runs the type checker of this repository, from wherever the tests were started. */
import { execFile } from "node:child_process"
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const require = createRequire(import.meta.url)
const compiler = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc")
const root = join(import.meta.dirname, "..", "..", "..", "..")

/** Types are the same without generated code: the second project that runs these tests need not ask again. */
export const alreadyChecked = process.execArgv.includes("--disallow-code-generation-from-strings")

const compilerOptions = {
  composite: false,
  incremental: false,
  declaration: false,
  declarationMap: false,
  noEmit: true,
  typeRoots: [join(root, "node_modules", "@types")]
}

/** What the checker says of some files, which it reads with the options of the repository, and with which exit code. */
export const tsc = async (
  files: ReadonlyArray<string>,
  flags: ReadonlyArray<string> = []
): Promise<{ readonly code: number; readonly output: string }> => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-types-"))
  try {
    const project = join(folder, "tsconfig.json")
    await writeFile(project, JSON.stringify({ extends: join(root, "tsconfig.base.json"), files, compilerOptions }))
    return await new Promise((resolve) =>
      execFile(process.execPath, [compiler, "-p", project, "--pretty", "false", ...flags], (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }))
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The type tests that lie beside this file. */
export const typeTests = async (): Promise<ReadonlyArray<string>> =>
  (await readdir(import.meta.dirname)).filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(import.meta.dirname, name))
