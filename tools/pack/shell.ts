import { execFile } from "node:child_process"
import { promisify } from "node:util"

export interface Ended {
  readonly code: number
  readonly output: string
}

const windows = process.platform === "win32"

/** Runs a program to its end; what it wrote to both outputs comes back with its exit code. */
export const execute = async (command: string, args: ReadonlyArray<string>, cwd: string): Promise<Ended> => {
  const env = { ...process.env, NO_COLOR: "1", npm_config_loglevel: "error" }
  try {
    const { stderr, stdout } = await promisify(execFile)(command, [...args], {
      cwd,
      env,
      maxBuffer: 2 ** 26,
      shell: windows
    })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    if (!(error instanceof Error) || !("stdout" in error && "stderr" in error)) throw error
    const code = "code" in error && typeof error.code === "number" ? error.code : 1
    return { code, output: `${String(error.stdout)}${String(error.stderr)}` }
  }
}

/** The same for what must not fail: the output alone. */
export const succeed = async (command: string, args: ReadonlyArray<string>, cwd: string): Promise<string> => {
  const { code, output } = await execute(command, args, cwd)
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${output}`)
  return output
}
