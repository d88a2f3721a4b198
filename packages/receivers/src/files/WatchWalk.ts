/** The files of a directory as they appear, in the order of their times and names. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import { join } from "node:path"
import { TooManyFiles } from "./FilesError.ts"
import type { Walk } from "./FilesReader.ts"
import { realPath, type Trouble } from "./locate.ts"
import type { Tally } from "./metrics.ts"
import type { Part } from "./OpenFile.ts"
import type { WatchOptions } from "./Options.ts"
import type { FilePlace } from "./Position.ts"
import { type Found, Lookout } from "./Lookout.ts"
import { nameKey, Taken } from "./Taken.ts"
import type { WatchPosition } from "./WatchPosition.ts"

export const maxRememberedDefault = 10_000

export class WatchWalk implements Walk<WatchPosition> {
  readonly isEndless = true
  tell: (trouble: Trouble) => void = () => {}
  readonly #options: WatchOptions
  readonly #tally: Tally
  readonly #clock: Clock.Clock
  readonly #taken: Taken
  readonly #lookout: Lookout
  readonly #max: number
  readonly #minAge: bigint
  #isNew: boolean
  #hasRefused = false
  #skipped: number
  #ahead: ReadonlyArray<Found> = []
  #next = 0
  /** The file that is being read, and how far; where reading begins, until it is opened. */
  #current: { readonly file: string; readonly place: FilePlace | undefined } | undefined
  #resumed: WatchPosition["current"]

  constructor(options: WatchOptions, from: WatchPosition | undefined, clock: Clock.Clock, tally: Tally) {
    this.#options = options
    this.#clock = clock
    this.#tally = tally
    this.#isNew = from === undefined
    this.#skipped = from?.skipped ?? 0
    this.#taken = new Taken(from)
    this.#max = options.maxRemembered ?? maxRememberedDefault
    this.#minAge = BigInt(Math.ceil(Duration.toMillis(options.minAge ?? 0))) * 1_000_000n
    this.#resumed = from?.current
    this.#current = from?.current && { file: from.current.file, place: from.current }
    this.#lookout = new Lookout(options, this.#taken, from?.horizon, from !== undefined, (trouble) => {
      this.#tally.passedOver()
      this.tell(trouble)
    })
  }

  /** Files that were there before are remembered as taken, before anything is read. */
  async first(): Promise<WatchPosition | undefined> {
    if (!this.#isNew) return undefined
    this.#isNew = false
    if (this.#options.existing !== "skip") return undefined
    for (const found of await this.#lookout.look()) {
      await this.#makeRoom()
      this.#taken.add(found.name, found.identity)
      this.#lookout.settle(found)
    }
    this.#skipped = this.#taken.memory.taken
    return this.position()
  }

  async next(): Promise<Part | undefined> {
    if (this.#resumed !== undefined) {
      const from = this.#resumed
      this.#resumed = undefined
      return { path: join(await realPath(this.#options), from.file), name: from.file, from, until: undefined }
    }
    if (this.#next === this.#ahead.length) {
      // Those that were refused would be found again at once.
      if (this.#hasRefused) {
        this.#hasRefused = false
        return undefined
      }
      this.#ahead = (await this.#lookout.look()).filter((found) => this.#isReady(found))
      this.#next = 0
    }
    const found = this.#ahead[this.#next]
    if (found === undefined) return undefined
    await this.#makeRoom()
    this.#next++
    this.#current = { file: found.name, place: undefined }
    return { path: found.path, name: found.name, from: undefined, until: undefined }
  }

  #isReady({ modified }: Found): boolean {
    return this.#minAge === 0n || modified <= BigInt(this.#clock.currentTimeMillisUnsafe()) * 1_000_000n - this.#minAge
  }

  /** Half of what is remembered always stays: a batch of so many files can be read again. */
  async #makeRoom(): Promise<void> {
    if (this.#taken.size < this.#max) return
    const kept = Math.floor(this.#max / 2)
    await this.#lookout.lookAgain()
    if (this.#taken.forget(kept, ({ name }) => !this.#lookout.isThere(name)).length > 0) return
    if (this.#options.onFull !== "forget") throw this.#lookout.trouble(new TooManyFiles({ limit: this.#max }))
    const quarter = Math.ceil(this.#max / 4)
    this.#lookout.raiseHorizon(this.#taken.forget(kept, (_, index) => index < quarter))
  }

  moved(place: FilePlace, isLast: boolean): void {
    if (this.#current === undefined) return
    const name = this.#current.file
    this.#current = isLast ? undefined : { file: name, place }
    if (!isLast) return
    this.#taken.add(name, place)
    this.#lookout.settle({ name, key: nameKey(name), modified: BigInt(place.modified) })
  }

  survives(trouble: Trouble): boolean {
    const { _tag } = trouble.reason
    const isUnreadable = _tag === "NotFound" || _tag === "PermissionDenied" || _tag === "NotAFile"
    if (!isUnreadable || this.#options.onUnreadable !== "skip" || this.#current?.place !== undefined) return false
    this.#lookout.tellOnce(trouble)
    this.#current = undefined
    this.#hasRefused = true
    return true
  }

  position(): WatchPosition {
    const { horizon } = this.#lookout
    const { file, place } = this.#current ?? {}
    return {
      ...this.#taken.memory,
      skipped: this.#skipped,
      ...(horizon === undefined ? {} : { horizon: String(horizon) }),
      ...(file === undefined || place === undefined ? {} : { current: { ...place, file } })
    }
  }
}
