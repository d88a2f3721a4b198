import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { atPort, firstProgram, runUntil, serveLines } from "./readme.ts"

let folder = ""
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-readme-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = async (program: string, awaited: RegExp, timeoutMillis = 10_000) => {
  writeFileSync(join(folder, "program.mjs"), program)
  return runUntil(process.execPath, "program.mjs", folder, awaited, timeoutMillis)
}

const counting = `import { connect } from "node:net"
const socket = connect({ host: "127.0.0.1", port: 9999 })
socket.on("data", (data) => console.log("words: " + data.toString().split(/\\s+/).filter(Boolean).length))
process.on("SIGTERM", () => process.exit(0))`

describe("the first program of a document", () => {
  it("is the first block of ts, whatever comes before it", () => {
    const document = "# A\n```sh\nnpm start\n```\n```ts\nconst a = 1\n```\n```ts\nconst b = 1\n```\n"
    assert.strictEqual(firstProgram(document), "const a = 1\n")
    assert.throws(() => firstProgram("# A\n```sh\n```\n"), /no ts program/)
  })

  it("is fed lines, seen to work and drained", async () => {
    const lines = await serveLines(["to be", "or not"])
    const { code, seen } = await run(atPort(counting, lines.port), /words: 4/)
    lines.close()
    assert.isTrue(seen)
    assert.strictEqual(code, 0)
  })

  it("that fails, or never shows what is awaited, is told apart", async () => {
    assert.strictEqual((await run(`process.exit(3)`, /words/)).code, 3)
    const silent = await run(`setInterval(() => {}, 1000)`, /words/, 300)
    assert.isFalse(silent.seen)
    assert.strictEqual(silent.code, -1)
  })
})
