import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { atPort, firstProgram, runUntil, serveLines } from "./readme.ts"
import { execute, succeed } from "./shell.ts"
import type { Packed } from "./stage.ts"
import { consume, manifestOf, pack, root, typeCheck } from "./stage.ts"

let folder = ""
let consumer = ""
let packed: ReadonlyArray<Packed> = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-pack-"))
  packed = await pack(folder)
  consumer = join(folder, "consumer")
  await consume(consumer, packed)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const tool = (pinned: string, args: ReadonlyArray<string>) =>
  succeed("npm", ["exec", "--yes", `--package=${pinned}`, "--", ...args], folder)

const importIn = (specifier: string) =>
  execute(process.execPath, ["--input-type=module", "-e", `await import(${JSON.stringify(specifier)})`], consumer)

const doorsOf = (name: string): ReadonlyArray<string> =>
  Object.keys(Object(manifestOf(consumer, name)["exports"]))
    .filter((subpath) => subpath !== "./package.json")
    .map((subpath) => join(name, subpath))

describe("the packed packages", () => {
  it("hold sources, what they became, a licence, and nothing else", () => {
    assert.isAbove(packed.length, 0)
    for (const { files, name } of packed) {
      assert.includeMembers([...files], ["package.json", "LICENSE"], name)
      const others = files.filter(
        (file) => !/^(src\/.*\.ts|dist\/.*\.(js|d\.ts)(\.map)?|package\.json|LICENSE|\w+\.md)$/.test(file)
      )
      assert.deepStrictEqual(others, [], name)
    }
  })

  it("open every door they export, or name the package that is missing", async () => {
    for (const { name } of packed) {
      const drivers = Object.keys(Object(manifestOf(consumer, name)["peerDependenciesMeta"]))
      for (const door of doorsOf(name)) {
        const { code, output } = await importIn(door)
        const named = drivers.some((driver) => output.includes(`npm install ${driver}`))
        assert.isTrue(code === 0 || named, `${door}: ${output}`)
      }
    }
  })

  it.each([
    "@millrace/core/batch/Batch",
    "@millrace/core/dist/index.js",
    "@millrace/core/src/index.ts",
    "@millrace/receivers"
  ])("refuse the deep import %s", async (specifier) => {
    const { code, output } = await importIn(specifier)
    assert.notStrictEqual(code, 0)
    assert.include(output, "ERR_PACKAGE_PATH_NOT_EXPORTED")
  })

  it("are what publint asks for", async () => {
    for (const { tarball } of packed) await tool("publint@0.3.25", ["publint", "run", "--strict", tarball])
  })

  it("resolve to the right types for every kind of importer", async () => {
    for (const { tarball } of packed) {
      await tool("@arethetypeswrong/cli@0.18.5", ["attw", "--profile", "esm-only", "--no-emoji", tarball])
    }
  })

  it("install a program that reads a module of its user", async () => {
    const module = `import { DStream, Pipeline } from "@millrace/core"
      import { Effect } from "effect"
      const words: Pipeline.Pipeline = Pipeline.make("words", {
        batchInterval: "1 second",
        outputs: [DStream.foreachBatch(DStream.fromIterable({ name: "words" }, ["to"]), "out", () => Effect.void)]
      })
      export { words as pipeline }`
    writeFileSync(join(consumer, "plan.ts"), module)
    const { bin } = manifestOf(consumer, "@millrace/cli")
    const program = join(consumer, "node_modules/@millrace/cli", String(Object(bin)["millrace"]))
    const { code, output } = await execute(process.execPath, [program, "plan", "--entry", "plan.ts"], consumer)
    assert.include(output, "words")
    assert.strictEqual(code, 0, output)
  })

  it("run the first program of the README", async () => {
    const lines = await serveLines(["to be or not to be", "that is the question"])
    const program = firstProgram(readFileSync(join(root, "README.md"), "utf8"))
    writeFileSync(join(consumer, "program.ts"), atPort(program, lines.port))
    await typeCheck(consumer, "program.ts")
    const { code, output, seen } = await runUntil(process.execPath, "program.ts", consumer, /question|\bbe\b/, 60_000)
    lines.close()
    assert.isTrue(seen, output)
    assert.strictEqual(code, 0, output)
  })
})
