/** What is read block by block, as it is pulled. */
import type { Receiver } from "@millrace/core"
import type * as Clock from "effect/Clock"
import type { Frame } from "./Format.ts"
import type { Trouble } from "./locate.ts"
import type { Tally } from "./metrics.ts"

/** What is read: everything after one place, up to and including another. */
export interface Span<P> {
  readonly from: P | undefined
  readonly until: P | undefined
}

/** What every reader is given. */
export interface Opening<out Chunk> {
  readonly frame: Frame<Chunk>
  readonly blockBytes: number
  readonly tally: Tally
  readonly clock: Clock.Clock
}

/** A block; `"idle"` where there is none now and may be one later; `undefined` at the end. */
export type Next<Chunk, P> = Receiver.Block<Chunk, P> | "idle" | undefined

export abstract class BlockReader<Chunk, P> {
  protected isClosed = false
  /** Troubles that it lives through, for whoever pulls to tell. */
  readonly untold: Array<Trouble> = []
  #reading: Promise<Next<Chunk, P>> | undefined = undefined

  protected abstract gather(): Promise<Next<Chunk, P>>
  protected abstract release(): Promise<void>

  /** The same one is given until it is `taken`, so that nothing is lost with a pull that was interrupted. */
  next(): Promise<Next<Chunk, P>> {
    return this.#reading ??= this.gather()
  }

  taken(): void {
    this.#reading = undefined
  }

  async close(): Promise<void> {
    this.isClosed = true
    await this.#reading?.catch(() => {})
    await this.release()
  }
}
