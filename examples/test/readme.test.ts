import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")
const folder = join(root, "node_modules/.cache/readme")

describe("README.md", () => {
  it("shows programs that type-check", async () => {
    const text = readFileSync(join(root, "README.md"), "utf8")
    const programs = [...text.matchAll(/^```ts\b[^\n]*\n([\s\S]*?)^```/gm)].map(([, program = ""]) => program)
    assert.isAbove(programs.length, 1)
    mkdirSync(folder, { recursive: true })
    programs.forEach((program, index) => writeFileSync(join(folder, `${index}.ts`), program))
    const compilerOptions = { composite: false, incremental: false, noEmit: true, noUnusedLocals: false }
    const files = programs.map((_, index) => `${index}.ts`)
    const project = { extends: join(root, "tsconfig.base.json"), compilerOptions, files }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project))
    const output = await new Promise<string>((resolve) =>
      execFile(process.execPath, ["node_modules/typescript/bin/tsc", "-p", folder], { cwd: root }, (_, stdout) =>
        resolve(stdout))
    )
    assert.strictEqual(output, "")
  })
})
