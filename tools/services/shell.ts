/** Programs of the machine: whether they are there, and what they say. */
import { execFile, type ExecFileOptions } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"

/** Servers are often where only the administrator looks. */
const folders = (): ReadonlyArray<string> =>
  [...(process.env["PATH"] ?? "").split(path.delimiter), "/usr/sbin", "/sbin"]

/** Where a program is. */
export const programAt = (name: string): string | undefined =>
  folders().map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file))

/** Runs a program to its end; nothing if that was good, else its last words. */
export const problemOf = (
  command: string,
  args: ReadonlyArray<string>,
  options: Pick<ExecFileOptions, "cwd" | "uid" | "gid" | "timeout" | "env"> = {}
): Promise<string | undefined> =>
  new Promise((resolve) => {
    const ended = (error: Error | null, stdout: string, stderr: string) => {
      const said = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim()).filter((line) => line !== "")
      resolve(error === null ? undefined : `${path.basename(command)}: ${said.slice(-3).join(" | ") || error.message}`)
    }
    execFile(command, args, { encoding: "utf8", maxBuffer: 2 ** 26, ...options }, ended)
  })

let installing: Promise<unknown> = Promise.resolve()

/**
 * Whether the programs are there. On a Debian of a CI machine that belongs to us, packages are installed for those that
 * are not.
 */
export const areThere = async (programs: ReadonlyArray<string>, packages: ReadonlyArray<string>): Promise<boolean> => {
  const isComplete = () => programs.every((name) => programAt(name) !== undefined)
  const apt = programAt("apt-get")
  if (isComplete()) return true
  if (process.env["CI"] !== "true" || process.getuid?.() !== 0 || apt === undefined) return false
  // Two at once would shut each other out.
  const install = installing.then(async () => {
    const options = { timeout: 300_000, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }
    if (isComplete()) return
    await problemOf(apt, ["update", "-q"], options)
    await problemOf(apt, ["install", "-q", "-y", "--no-install-recommends", ...packages], options)
  })
  installing = install
  await install
  return isComplete()
}
