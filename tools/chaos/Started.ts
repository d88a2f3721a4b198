/** The program as a process: started, told, waited for. Whatever happens it does not outlive this process. */
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Settings } from "./Settings.ts"

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const running = new Set<ChildProcess>()

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL")
})
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1))

export class Started {
  readonly #child: ChildProcess
  readonly #log: string
  readonly ended: Promise<Ended>

  /** What it says goes to a file. */
  constructor(settings: Settings, log: string) {
    const file = openSync(log, "a")
    const path = join(import.meta.dirname, "program.ts")
    const command = ["--conditions=@millrace/source", "--disable-warning=ExperimentalWarning", path]
    this.#child = spawn(process.execPath, [...command, JSON.stringify(settings)], { stdio: ["ignore", file, file] })
    this.#log = log
    closeSync(file)
    const child = this.#child
    running.add(child)
    this.ended = new Promise((resolve) =>
      child.once("exit", (code, signal) => {
        running.delete(child)
        resolve({ code, signal })
      })
    )
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits for its end, but not for ever. */
  async endsWithin(millis: number): Promise<Ended | undefined> {
    return within(millis, this.ended)
  }

  get said(): string {
    return readFileSync(this.#log, "utf8")
  }
}

export const within = async <A>(millis: number, promise: Promise<A>): Promise<A | undefined> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, millis, undefined)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
