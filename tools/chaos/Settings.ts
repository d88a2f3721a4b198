/** What the parent tells the program, and what both and the verifier know. */
import type { Database } from "./Database.ts"
import type { Entry } from "./input.ts"

/** Where lines come from. */
export type Source =
  | { readonly _tag: "files" }
  | { readonly _tag: "tcp"; readonly port: number }
  | { readonly _tag: "kafka"; readonly url: string; readonly topic: string }
  | { readonly _tag: "mqtt"; readonly url: string; readonly topic: string; readonly clientId: string }

export interface Settings {
  /** Holds the input, the checkpoint and what the sinks write. */
  readonly directory: string
  /** Records per second. */
  readonly rate: number
  readonly source: Source
  /** Where rows go as well. */
  readonly postgres?: Database | undefined
  /** Where records go as well, in transactions. */
  readonly kafka?: { readonly url: string; readonly topic: string } | undefined
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

/** The property of an MQTT message that tells it from its redelivery. */
export const keyProperty = "key"

/** A record as the first sinks have it, with what was remembered of its key. */
export interface Counted extends Entry {
  readonly count: number
  readonly sum: number
}
