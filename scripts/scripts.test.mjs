import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { projectsOf } from "./check.mjs"
import { digestOf, manifestsOf } from "./install.mjs"
import { isSupported } from "./node.mjs"

const root = join(import.meta.dirname, "..")
let folder = ""

const write = (path, text) => {
  mkdirSync(join(folder, path, ".."), { recursive: true })
  writeFileSync(join(folder, path), text)
}

/** A workspace that counts as installed, whose example is the given program. */
const workspace = (example) => {
  write("package.json", JSON.stringify({ type: "module", workspaces: ["packages/*", "examples"] }))
  write("examples/main.ts", example)
  write("examples/package.json", "{}")
  write("packages/a/package.json", "{}")
  cpSync(join(root, "scripts"), join(folder, "scripts"), { recursive: true })
  write("node_modules/.millrace-install", digestOf(folder))
}

const start = async (...args) => {
  const env = { ...process.env, npm_lifecycle_event: undefined }
  const child = spawn(process.execPath, ["scripts/run.mjs", ...args], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"]
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk))
  const ended = once(child, "close").then(([code]) => ({ code, output }))
  return { child, ended, ready: () => once(child.stdout, "data") }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-scripts-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe("example", () => {
  it("runs the one that is named, with its arguments, and lists them for a name that is none", async () => {
    workspace("")
    write("examples/kafka/send.ts", `console.log("sent", process.argv.slice(2).join())`)
    const sent = await (await start("example", "kafka/send", "--to", "b")).ended
    assert.deepEqual([sent.code, sent.output], [0, "sent --to,b\n"])
    const unknown = await (await start("example", "nothing")).ended
    assert.deepEqual([unknown.code, unknown.output], [1, "millrace: no example nothing; there are main\n"])
    assert.include((await (await start("example")).ended).output, "which example? there are main")
  })
})

describe("install", () => {
  it("is due when any manifest of the workspace changes, or the lockfile, and not otherwise", () => {
    workspace("")
    assert.deepStrictEqual(manifestsOf(folder), ["package.json", "packages/a/package.json", "examples/package.json"])
    const digests = [digestOf(folder)]
    for (const path of [
      "packages/a/package.json",
      "examples/package.json",
      "package-lock.json",
      "packages/b/package.json"
    ]) {
      write(path, `{ "version": "1" }`)
      digests.push(digestOf(folder))
    }
    assert.strictEqual(new Set(digests).size, 5)
    write("packages/a/src/index.ts", "")
    assert.strictEqual(digestOf(folder), digests.at(-1))
  })

  it("knows which Node can run the sources", () => {
    assert.deepStrictEqual(["v18.20.0", "v22.18.9", "v22.19.0", "v24.0.0"].map(isSupported), [false, false, true, true])
  })
})

describe("check", () => {
  it("looks at every project that has files", () => {
    const projects = projectsOf(root)
    assert.includeMembers(projects, [
      "packages/core/tsconfig.json",
      "packages/core/tsconfig.node.json",
      "tsconfig.test.json"
    ])
    assert.notInclude(projects, "tsconfig.packages.json")
  })
})

describe("run", () => {
  it("passes arguments on, and the exit code back", async () => {
    workspace(`console.log(process.argv.slice(2).join(" ")); process.exit(3)`)
    const { ended } = await start("start", "--batches", "3")
    assert.deepStrictEqual(await ended, { code: 3, output: "--batches 3\n" })
  })

  it.each(["SIGINT", "SIGTERM"])("lets %s reach the program once, and waits until it has drained", async (signal) => {
    workspace(`process.on("${signal}", () => { console.log("${signal}"); setTimeout(() => process.exit(0), 200) })
setInterval(() => {}, 1000)
console.log("ready")`)
    const { child, ended, ready } = await start("start")
    await ready()
    child.kill(signal)
    child.kill(signal)
    assert.deepStrictEqual(await ended, { code: 0, output: `ready\n${signal}\n` })
  })

  it("tells the program that its terminal was resized", async () => {
    workspace(`process.on("SIGWINCH", () => { console.log("resized"); process.exit(0) })
setInterval(() => {}, 1000)
console.log("ready")`)
    const { child, ended, ready } = await start("start")
    await ready()
    child.kill("SIGWINCH")
    assert.deepStrictEqual(await ended, { code: 0, output: "ready\nresized\n" })
  })

  it("takes the program with it when it is killed", async () => {
    workspace(`setInterval(() => {}, 1000); console.log("ready")`)
    const { child, ended, ready } = await start("start")
    await ready()
    child.kill("SIGKILL")
    // The outputs close only when the program has ended too.
    assert.strictEqual((await ended).output, "ready\n")
  })

  it("names the tasks there are", async () => {
    workspace("")
    const { code, output } = await (await start("fly")).ended
    assert.strictEqual(code, 1)
    assert.match(output, /no task fly; there are start, .*test,/)
  })
})
