import { assert, describe, it } from "vitest"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("./program.ts", import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program; `onOutput` sees all its output so far whenever more comes. */
const run = (what: string, onOutput: (child: ChildProcess, stdout: string) => void = () => {}): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["--conditions=@millrace/source", program, what], {
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk) => {
      stdout += chunk
      onOutput(child, stdout)
    })
    child.stderr.on("data", (chunk) => stderr += chunk)
    child.on("close", (code) => resolve({ code, stdout, stderr: stderr.replaceAll(/^timestamp=.*\n/gm, "") }))
  })

const once = (text: string, act: (child: ChildProcess) => void) => {
  let done = false
  return (child: ChildProcess, stdout: string) => {
    if (done || !stdout.includes(text)) return
    done = true
    act(child)
  }
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "")

describe("runMain", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`drains at the first ${signal}, runs finalizers, and exits with 0`, async () => {
      const { code, stdout } = await run("drain", once("given", (child) => child.kill(signal)))
      assert.deepStrictEqual(lines(stdout), ["opened", "given", "closed", "batch 1: to be"])
      assert.strictEqual(code, 0)
    })
  }

  it("exits at once at a second signal", async () => {
    const first = once("given", (child) => child.kill("SIGTERM"))
    const second = once("batch 1", (child) => child.kill("SIGTERM"))
    const { code } = await run("stuck", (child, stdout) => {
      first(child, stdout)
      second(child, stdout)
    })
    assert.strictEqual(code, 130)
  })

  it("exits with 1 and says so when the drain takes longer than drainTimeout", async () => {
    const { code, stderr } = await run("timeout", once("given", (child) => child.kill("SIGTERM")))
    assert.strictEqual(code, 1)
    assert.match(stderr, /^Pipeline "words" did not drain within 200 ms: batch 1 was running[^\n]*\n$/)
  })

  it("drains when nobody reads its output any more, and exits with 0", async () => {
    const { code, stderr } = await run("prints", once("batch 1", (child) => child.stdout?.destroy()))
    assert.strictEqual(stderr, "drained\n")
    assert.strictEqual(code, 0)
  })

  it("exits at once, with the code of the run, at a signal that comes after its end", async () => {
    const { code } = await run("lingers", once("done", (child) => setTimeout(() => child.kill("SIGTERM"), 50)))
    assert.strictEqual(code, 0)
  })

  it("exits with 0 when the pipeline ends, with what its layer provides", async () => {
    const { code, stdout } = await run("ends")
    assert.deepStrictEqual(lines(stdout), ["layer: to be"])
    assert.strictEqual(code, 0)
  })

  it("exits with 1 and the message of the failure, without a stack", async () => {
    const { code, stderr } = await run("fails")
    assert.strictEqual(code, 1)
    assert.strictEqual(stderr, `Pipeline "words" failed in batch 1 (time ${/time (\d+)/.exec(stderr)?.[1]}), step map, item 0: RangeError: too much\n`)
  })

  it("exits with 1 when an output is interrupted from inside, which is no end that anybody asked for", async () => {
    const { code, stderr } = await run("interrupted")
    assert.strictEqual(code, 1)
    assert.match(stderr, /^Pipeline "words" failed in batch 1 \(time \d+\), output "say", after 1 try: /)
  })

  it("exits with 1 and everything that is wrong with a pipeline that cannot be compiled", async () => {
    const { code, stderr } = await run("invalid")
    assert.strictEqual(code, 1)
    assert.isAtLeast(stderr.split("\n").length, 4)
  })
})
