/** What records come from while the program runs, and what can be broken there. */
import type { Entry } from "./input.ts"
import { lineOf, writeInput } from "./input.ts"
import { serve } from "./sender.ts"
import type { Settings, Source } from "./Settings.ts"

export interface Upstream {
  readonly source: Source
  /** Whether it has an end that the program comes to by itself. */
  readonly ends: boolean
  /** How many records were sent, of those that are sent only once. */
  readonly sent: () => number
  /** So many come if the program waits for them: all of them, or as many as were allowed. */
  readonly due: () => number
  /** Lets it send as many as that, over all, where it sends by and by. However slow it all is, each kill finds some. */
  readonly allow?: ((count: number) => void) | undefined
  /** Sends all, as fast as the other side takes it. */
  readonly hurry: () => void
  readonly close: () => Promise<void>
  /** Ends a broker, and starts it again on what it has kept. */
  readonly broker?: { readonly end: () => Promise<void>; readonly start: () => Promise<void> } | undefined
  /** Where the program writes to as well, and what readers of committed records see there, or will when all is over. */
  readonly kafka?: Settings["kafka"]
  readonly committed?: ((isOver: boolean) => Promise<ReadonlyArray<string>>) | undefined
}

/** In files, all of them there from the start. */
export const inFiles = (directory: string, entries: ReadonlyArray<Entry>): Upstream => {
  writeInput(directory, entries)
  return {
    source: { _tag: "files" },
    ends: true,
    sent: () => 0,
    due: () => entries.length,
    hurry: () => {},
    close: async () => {}
  }
}

/** Over TCP, once and never again. */
export const overTcp = async (entries: ReadonlyArray<Entry>, rate: number): Promise<Upstream> => {
  const { close, hurry, port, sent } = await serve(entries.map(lineOf), rate)
  const due = () => entries.length
  return { source: { _tag: "tcp", port }, ends: true, sent, due, hurry, close: async () => close() }
}
