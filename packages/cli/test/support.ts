/** Runs the real program, and the programs that make checkpoints for it. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

const compiled = join(import.meta.dirname, "../../../node_modules/.cache/millrace-cli")

const main = join(import.meta.dirname, "../src/main.ts")

export const program = (name: string): string => join(import.meta.dirname, "programs", `${name}.ts`)

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const start = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--conditions=@millrace/source", ...args], {
    // Compiled once for all of them: most of what they take is that.
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: compiled, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })

const ended = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve) => {
    let stdout = ""
    let stderr = ""
    child.stdout?.on("data", (chunk) => stdout += chunk)
    child.stderr?.on("data", (chunk) => stderr += chunk)
    child.on("close", (code) => resolve({ code, stdout, stderr }))
  })

/** `millrace …` */
export const millrace = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  ended(start([main, ...args], env))

/** The same with `--json`, and the output parsed. */
export const asked = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const { code, stderr, stdout } = await millrace([...args, "--json"], env)
  return { code, stderr, json: JSON.parse(stdout) }
}

export interface Running {
  readonly rows?: number
  /** `end`: reads the rows and stops. `kill`: dies after them. `live`: goes on until it is stopped. */
  readonly mode?: "end" | "kill" | "live"
}

const envOf = (directory: string, { mode = "end", rows = 7 }: Running) => ({
  CHECKPOINTS: directory,
  ROWS: String(rows),
  MODE: mode
})

/** Runs a pipeline on a directory of checkpoints; gives what it printed. */
export const run = (name: string, directory: string, running: Running = {}): Promise<Ended> =>
  ended(start([program("run"), program(name)], envOf(directory, running)))

/** Starts one that lives until the test is over. Ready when it has delivered all rows. */
export const runLive = async (name: string, directory: string): Promise<void> => {
  const child = start([program("run"), program(name)], envOf(directory, { mode: "live" }))
  const over = ended(child)
  onTestFinished(async () => {
    child.kill("SIGKILL")
    await over
  })
  await new Promise<void>((resolve, reject) => {
    let seen = ""
    child.stdout?.on("data", (chunk) => {
      seen += chunk
      if (seen.includes("alive")) resolve()
    })
    child.on("close", () => reject(new Error(`It ended: ${seen}`)))
  })
}

/** A directory of the test's own. */
export const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), "millrace-cli-"))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}
