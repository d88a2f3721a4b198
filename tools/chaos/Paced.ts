/** Sends entry after entry at a pace, one group at a time, and can be held. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Entry } from "./input.ts"

const tickMillis = 20
/** So many are on their way at once when it hurries. */
const groupMax = 2_000

export class Paced {
  readonly #entries: ReadonlyArray<Entry>
  readonly #send: (entries: ReadonlyArray<Entry>) => Promise<void>
  #perTick: number
  #sent = 0
  #allowed = 0
  #isHeld = false
  #isClosed = false
  #onItsWay: Promise<void> = Promise.resolve()
  readonly #done: Promise<void>
  #failure: unknown = undefined

  /** `send` is done when the other side has taken all that it was given. */
  constructor(entries: ReadonlyArray<Entry>, rate: number, send: (entries: ReadonlyArray<Entry>) => Promise<void>) {
    this.#entries = entries
    this.#send = send
    this.#perTick = Math.ceil(rate * tickMillis / 1_000)
    this.#done = this.#run().catch((error: unknown) => {
      this.#failure = error
    })
  }

  /** Lets it send as many as that, over all. */
  readonly allow = (count: number): void => {
    this.#allowed = Math.min(count, this.#entries.length)
  }

  get allowed(): number {
    return this.#allowed
  }

  /** Sends all, as fast as the other side takes it. */
  readonly hurry = (): void => {
    this.#perTick = groupMax
    this.#allowed = this.#entries.length
  }

  /** Sends nothing more until it goes on; waits until the other side has what was sent. */
  async hold(): Promise<void> {
    this.#isHeld = true
    await this.#onItsWay
    this.#complain()
  }

  goOn(): void {
    this.#complain()
    this.#isHeld = false
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#done
  }

  async #run(): Promise<void> {
    while (!this.#isClosed && this.#sent < this.#entries.length) {
      if (!this.#isHeld) {
        const next = this.#entries.slice(this.#sent, Math.min(this.#sent + this.#perTick, this.#allowed))
        this.#sent += next.length
        if (next.length > 0) this.#onItsWay = this.#send(next)
        await this.#onItsWay
      }
      await sleep(tickMillis)
    }
  }

  #complain(): void {
    if (this.#failure !== undefined) throw new Error("records could not be sent", { cause: this.#failure })
  }
}
