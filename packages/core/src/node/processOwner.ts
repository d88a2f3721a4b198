/** Which process this is, and whether another one still runs: its number may be another's by now. */
import * as fs from "node:fs"
import * as os from "node:os"
import type { Owner } from "../store/CheckpointError.ts"

const textOf = (path: string): string | undefined => {
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** Tells boots apart where the system does; elsewhere process numbers have to do. */
const bootId = (): string => textOf("/proc/sys/kernel/random/boot_id")?.trim() ?? ""

/** The kernel counts in hundredths of a second for everybody, whatever it counts in itself. */
const tickMillis = 10

/** Since the boot: the 22nd word, behind a name that may hold spaces and brackets. */
const startedAt = (process: number | "self"): number | undefined => {
  const stat = textOf(`/proc/${process}/stat`)
  const ticks = Number(stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19])
  return Number.isFinite(ticks) ? ticks * tickMillis : undefined
}

export const thisProcess = (): Owner => ({
  host: os.hostname(),
  process: process.pid,
  boot: bootId(),
  startedAt: startedAt("self") ?? Math.round(performance.timeOrigin)
})

/**
 * A process of another machine or container cannot be seen, and is taken to be gone: the file system is a local one, so
 * it came with the disk. If it does run, its next look at the epochs stops it.
 */
export const isRunning = (self: Owner, other: Owner): boolean => {
  if (other.host !== self.host || other.boot !== self.boot) return false
  if (other.process === self.process) return other.startedAt === self.startedAt
  const started = startedAt(other.process)
  if (started !== undefined) return started === other.startedAt
  return startedAt("self") === undefined && answers(other.process)
}

const answers = (number: number): boolean => {
  try {
    return process.kill(number, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
