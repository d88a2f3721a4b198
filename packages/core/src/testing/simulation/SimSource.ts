/**
 * A place where records come from that outlives the processes that read it.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Primitive } from "../../batch/Key.ts"
import * as Receiver from "../../Receiver.ts"
import { CurrentProcess, type SimProcess, type World } from "./SimProcess.ts"

/**
 * What a simulated source fails with.
 *
 * @category errors
 * @since 0.1.0
 */
export class SimSourceError extends Data.TaggedError("SimSourceError")<{ readonly receiver: string }> {
  readonly isRetryable = true
  override get message(): string {
    return `Source ${JSON.stringify(this.receiver)} failed over nothing in particular`
  }
}

/**
 * @category options
 * @since 0.1.0
 */
export interface Options<A> {
  readonly name: string
  /** All it will ever give, in order. */
  readonly records: ReadonlyArray<A>
  readonly record: Schema.Codec<A, unknown>
  /**
   * `Replayable`: a log with positions. `Acknowledged`: a broker that delivers again what was not acknowledged, to
   * whoever opens it, and sometimes for no reason. `Unreplayable`: what was given is gone.
   */
  readonly delivery: Receiver.Delivery
  /** Whether a log can be asked for a range again. */
  readonly canReread?: boolean | undefined
  /** Whether records can be written down, so that they go into the journal. Defaults to true. */
  readonly isJournaled?: boolean | undefined
  /** What a record is known by when it is delivered again. */
  readonly identify?: ((record: A) => Primitive) | undefined
  /** How many records a block has at most. Defaults to 3. */
  readonly blockRecords?: number | undefined
}

/**
 * A source of one of the delivery classes.
 *
 * @category models
 * @since 0.1.0
 */
export class SimSource<A> {
  readonly options: Options<A>
  readonly receiver: Receiver.Receiver<A, SimSourceError>
  /** Places of the records that were acknowledged. */
  readonly acknowledged = new Set<number>()
  /** How many records an `Unreplayable` source has given. */
  given = 0
  /** Asked before each block and each range that is read again: whether it fails over it. */
  isUnwell: () => boolean = () => false
  /** Asked of each record of a broker when it was given: whether it comes once more. */
  repeats: () => boolean = () => false
  /** Asked of each acknowledgement: whether it gets lost on the way. */
  losesAcknowledgement: () => boolean = () => false
  /** Told of records that were handed over. */
  onGiven: (process: SimProcess, records: ReadonlyArray<A>) => void = () => {}
  /** Told of records that were acknowledged. */
  onAcknowledged: (process: SimProcess, records: ReadonlyArray<A>) => void = () => {}
  private readonly world: World

  constructor(world: World, options: Options<A>) {
    this.world = world
    this.options = options
    const { delivery, identify, isJournaled = true, name, record } = options
    const chunk = delivery === "Replayable" || !isJournaled ? undefined : record
    this.receiver = Receiver.make<A, A, number, SimSourceError>({
      name,
      delivery,
      initialRate: Infinity,
      open: (resumeAfter) => this.asked("open", (caller) => Effect.succeed(this.open(caller, resumeAfter))),
      ...(delivery === "Replayable" ? { position: Schema.Int } : {}),
      ...(delivery === "Replayable" && options.canReread === true ? { reread: (range) => this.reread(range) } : {}),
      ...(chunk === undefined ? {} : { chunk }),
      ...(chunk === undefined || identify === undefined ? {} : { identify })
    })
  }

  /** Whether nothing more will come of it, however often it is opened. */
  get isDone(): boolean {
    const { delivery, records } = this.options
    if (delivery === "Replayable") return true
    return delivery === "Acknowledged" ? this.acknowledged.size === records.length : this.given === records.length
  }

  private asked<B, E = never>(
    what: string,
    act: (caller: SimProcess) => Effect.Effect<B, E>
  ): Effect.Effect<B, E | SimSourceError> {
    return Effect.flatMap(CurrentProcess, (caller) => {
      if (caller === undefined) return outside
      return caller.ask<B, E | SimSourceError>(`source ${this.options.name} ${what}`, () =>
        this.isUnwell() ? Effect.fail(new SimSourceError({ receiver: this.options.name })) : act(caller))
    })
  }

  private open(caller: SimProcess, resumeAfter: Option.Option<number>): Stream.Stream<Receiver.Block<A, number>, SimSourceError> {
    const places = this.placesFrom(Option.getOrElse(resumeAfter, () => 0))
    const pull = this.asked("pull", (): Effect.Effect<[Receiver.Block<A, number>], Cause.Done> => {
      const block = this.next(places)
      if (block.length === 0) return Cause.done()
      const records = block.map((place) => this.at(place))
      this.onGiven(caller, records)
      return Effect.succeed([this.block(block, records)])
    })
    return Stream.fromPull(Effect.succeed(pull))
  }

  private placesFrom(position: number): Array<number> {
    const { delivery, records } = this.options
    const all = [...records.keys()]
    switch (delivery) {
      case "Replayable":
        return all.slice(position)
      case "Acknowledged":
        return all.filter((place) => !this.acknowledged.has(place))
      case "Unreplayable":
        return all
    }
  }

  /** The places of the next block, which leave the list. */
  private next(places: Array<number>): ReadonlyArray<number> {
    const most = this.world.chance.between(1, this.options.blockRecords ?? 3)
    switch (this.options.delivery) {
      case "Replayable":
        return places.splice(0, most)
      case "Acknowledged": {
        const block = places.splice(0, most)
        for (const place of block) if (this.repeats()) places.splice(this.world.chance.int(places.length + 1), 0, place)
        return block
      }
      case "Unreplayable": {
        const from = this.given
        this.given = Math.min(this.options.records.length, from + most)
        return places.slice(from, this.given)
      }
    }
  }

  private block(places: ReadonlyArray<number>, records: ReadonlyArray<A>): Receiver.Block<A, number> {
    const { delivery } = this.options
    return {
      payload: records,
      records: records.length,
      bytes: records.length * 16,
      ...(delivery === "Replayable" ? { resumeAfter: (places.at(-1) ?? 0) + 1 } : {}),
      ...(delivery === "Acknowledged" ? { acknowledge: this.acknowledge(places, records) } : {})
    }
  }

  private acknowledge(places: ReadonlyArray<number>, records: ReadonlyArray<A>): Effect.Effect<void> {
    return Effect.flatMap(CurrentProcess, (caller) => {
      if (caller === undefined) return outside
      return caller.ask(`source ${this.options.name} acknowledge ${places.join()}`, () => {
        if (this.losesAcknowledgement()) return Effect.void
        for (const place of places) this.acknowledged.add(place)
        this.onAcknowledged(caller, records)
        return Effect.void
      })
    })
  }

  private reread({ after, until }: Receiver.Range<number>) {
    const from = Option.getOrElse(after, () => 0)
    return this.asked(`reread ${from}-${until}`, () => Effect.succeed(this.options.records.slice(from, until)))
  }

  private at(place: number): A {
    return this.options.records[place]!
  }
}

const outside = Effect.die(new Error("A simulated source is only read by a process of its simulation"))
