/** What the parent tells the program, and what both and the verifier know. */
import type { Database } from "./Database.ts"
import type { Entry } from "./input.ts"

export interface Settings {
  /** Holds the input, the checkpoint and what the sinks write. */
  readonly directory: string
  /** Records per second. */
  readonly rate: number
  /** Where lines are served. Without it they are in files. */
  readonly port?: number | undefined
  /** Where rows go as well. */
  readonly postgres?: Database | undefined
  readonly takeover: boolean
  /** How what was not delivered comes back: out of the journal, or by reading and computing it again. */
  readonly outbox: "on" | "off"
  /** When a snapshot is due, and when a segment of the journal is full. */
  readonly journalBytes: number
  /** Whether it runs without a checkpoint, and so gets everything wrong. */
  readonly forgets: boolean
}

export const batchMillis = 50
export const slideMillis = 500
export const windowMillis = 1_000

/** A record as the first sinks have it, with what was remembered of its key. */
export interface Counted extends Entry {
  readonly count: number
  readonly sum: number
}
