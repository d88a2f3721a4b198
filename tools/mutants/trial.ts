/** Runs tests in a copy of the repository. */
import { spawn } from "node:child_process"
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"

/** How tests ended. `broken`: none failed and yet not all passed, as when a file cannot be loaded. */
export type Ended =
  | { readonly _tag: "passed" }
  | { readonly _tag: "failed"; readonly test: string; readonly messages: ReadonlyArray<string> }
  | { readonly _tag: "late" }
  | { readonly _tag: "broken"; readonly output: string }

interface Report {
  readonly numPassedTests: number
  readonly testResults: ReadonlyArray<{
    readonly assertionResults: ReadonlyArray<{
      readonly status: string
      readonly fullName: string
      readonly failureMessages: ReadonlyArray<string>
    }>
  }>
}

const windows = process.platform === "win32"
const reportFile = "mutants-report.json"

// What runs these tests may itself be a test.
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST") && name !== "NODE_OPTIONS")
  )

const running = new Set<() => void>()

/** Ends all tests that are running. */
export const stopAll = (): void => {
  for (const stop of running) stop()
}

/** The tests are given by their paths from the root; the first failure ends them. */
export const runTests = async (copy: string, tests: ReadonlyArray<string>, limitMillis: number): Promise<Ended> => {
  const report = join(copy, reportFile)
  rmSync(report, { force: true })
  const { code, isLate, output } = await execute(copy, [
    "--disable-warning=ExperimentalWarning",
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "vitest.workspace.ts",
    "--project=core",
    "--project=simulation",
    "--project=sinks",
    "--bail=1",
    "--maxWorkers=1",
    "--reporter=json",
    `--outputFile=${report}`,
    ...tests
  ], limitMillis)
  if (isLate) return { _tag: "late" }
  const { numPassedTests, testResults } = read(report)
  const tried = testResults.flatMap(({ assertionResults }) => assertionResults)
  const failed = tried.find(({ status }) => status === "failed")
  if (failed !== undefined) return { _tag: "failed", test: failed.fullName, messages: failed.failureMessages }
  return code === 0 && numPassedTests > 0 ? { _tag: "passed" } : { _tag: "broken", output }
}

const read = (file: string): Report => {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch {
    return { numPassedTests: 0, testResults: [] }
  }
}

const execute = (
  cwd: string,
  args: ReadonlyArray<string>,
  limitMillis: number
): Promise<{ readonly code: number | null; readonly isLate: boolean; readonly output: string }> =>
  new Promise((resolve) => {
    // In a group of its own, so that its workers end with it.
    const child = spawn(process.execPath, args, { cwd, env: environment(), stdio: "pipe", detached: !windows })
    let output = ""
    let isLate = false
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => output += String(data))
    const stop = (): void => {
      if (windows || child.pid === undefined) child.kill("SIGKILL")
      else process.kill(-child.pid, "SIGKILL")
    }
    const timer = setTimeout(() => {
      isLate = true
      stop()
    }, limitMillis)
    running.add(stop)
    const end = (code: number | null): void => {
      clearTimeout(timer)
      running.delete(stop)
      resolve({ code, isLate, output })
    }
    child.on("error", (error) => {
      output += error.message
      end(1)
    })
    child.on("close", end)
  })
