/**
 * A place where results go that outlives the processes that write to it, with all that goes wrong between the two.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Batch } from "../../batch/Batch.ts"
import type { Primitive } from "../../batch/Key.ts"
import * as BatchSink from "../../dstream/BatchSink.ts"
import { CurrentProcess, type World } from "./SimProcess.ts"

/**
 * What becomes of a commit, beside being done. `Refused`: nothing happens, try again. `Unwell`: it is done, and the
 * answer is an error. `Unanswered`: it is done, and nobody says so. `Lost`: nothing happens, and nobody says so.
 * `Late`: it arrives after a long time. `Twice`: a copy of it arrives later. `Rejected`: nothing happens, and never will.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = "Refused" | "Unwell" | "Unanswered" | "Lost" | "Late" | "Twice" | "Rejected"

/**
 * What a simulated sink fails with.
 *
 * @category errors
 * @since 0.1.0
 */
export class SimSinkError extends Data.TaggedError("SimSinkError")<{
  readonly output: string
  readonly reason: Fault | "Fenced"
}> {
  get isRetryable(): boolean {
    return this.reason !== "Fenced" && this.reason !== "Rejected"
  }
  override get message(): string {
    return `Output ${JSON.stringify(this.output)}: ${this.reason}`
  }
}

/**
 * @category options
 * @since 0.1.0
 */
export interface Options<in A> {
  readonly commitClass: BatchSink.CommitClass
  /** What rows of a `VersionedUpsert` are kept under. Defaults to the whole row. */
  readonly keyOf?: ((item: A) => Primitive) | undefined
  /** Whether it knows the newest batch it has. Only a `Transactional` sink must, and does by default. */
  readonly remembers?: boolean | undefined
}

/**
 * Something that reached the sink. `isDone`: it changed what the sink holds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Arrival<out A> {
  readonly identity: BatchSink.Identity
  readonly batch: Batch<A>
  readonly isDone: boolean
}

/**
 * A sink of one of the commit classes, for one output.
 *
 * @category models
 * @since 0.1.0
 */
export class SimSink<A> {
  readonly commitClass: BatchSink.CommitClass
  readonly sink: BatchSink.BatchSink<A, SimSinkError>
  /** What it holds, in the order in which it came; of an `IdempotentByBatch` sink one entry for each batch. */
  readonly batches: Array<Batch<A>> = []
  /** What a `VersionedUpsert` sink holds. */
  readonly rows = new Map<Primitive, { readonly batch: number; readonly item: A }>()
  /** Asked before each commit. */
  fault: () => Fault | undefined = () => undefined
  /** Asked before it is opened, and before it tells what it has: whether it fails over it. */
  isUnwell: () => boolean = () => false
  /** Told of everything that reaches it. */
  onArrival: (arrival: Arrival<A>) => void = () => {}
  /** How long at most what is late is on its way. */
  lateMillis = 120_000
  /** The newest epoch that has opened it. */
  newestEpoch = 0
  private fence = 0
  private last = 0
  private readonly options: Options<A>
  private readonly world: World

  constructor(world: World, options: Options<A>) {
    this.world = world
    this.options = options
    this.commitClass = options.commitClass
    this.sink = BatchSink.fromOpen({
      commitClass: options.commitClass,
      open: (identity) =>
        this.asked(`sink ${identity.output} open`, identity, () => this.open(identity)).pipe(Effect.as({
          lastCommitted: this.asked(`sink ${identity.output} lastCommitted`, identity, () => this.lastCommitted()),
          commit: (batch: Batch<A>) => this.commit(identity, batch)
        }))
    })
  }

  private asked<B>(what: string, { output }: BatchSink.Identity, act: () => Effect.Effect<B, SimSinkError>) {
    return Effect.flatMap(CurrentProcess, (caller) => {
      if (caller === undefined) return outside
      const error = () => Effect.fail(new SimSinkError({ output, reason: "Refused" }))
      return caller.ask(what, () => this.isUnwell() ? error() : act())
    })
  }

  private open(identity: BatchSink.Identity): Effect.Effect<void, SimSinkError> {
    this.newestEpoch = Math.max(this.newestEpoch, identity.epoch)
    if (this.commitClass !== "Transactional") return Effect.void
    if (identity.epoch < this.fence) return Effect.fail(fenced(identity))
    this.fence = identity.epoch
    return Effect.void
  }

  private lastCommitted(): Effect.Effect<Option.Option<number>> {
    const knows = this.options.remembers ?? this.commitClass === "Transactional"
    return knows && this.last > 0 ? Effect.succeedSome(this.last) : Effect.succeedNone
  }

  private commit(identity: BatchSink.Identity, given: Batch<A>): Effect.Effect<void, SimSinkError> {
    const { output } = identity
    const batch = { ...given, items: given.items.slice() }
    return Effect.flatMap(CurrentProcess, (caller) => {
      if (caller === undefined) return outside
      const fault = this.fault()
      const { chance, clock } = this.world
      const what = `sink ${output} commit ${batch.id}${fault === undefined ? "" : ` ${fault}`}`
      const error = (reason: Fault) => Effect.fail(new SimSinkError({ output, reason }))
      const act = () => this.apply(identity, batch)
      switch (fault) {
        case undefined:
          return caller.ask(what, act)
        case "Refused":
        case "Rejected":
          return caller.ask(what, () => error(fault))
        case "Unwell":
          return caller.ask(what, () => Effect.andThen(act(), error(fault)))
        case "Unanswered":
          return caller.ask(what, act, { thereMillis: this.world.latency(what), backMillis: Infinity })
        case "Lost":
          return caller.ask(what, act, { thereMillis: Infinity, backMillis: 0 })
        case "Late":
          return caller.ask(what, act, { thereMillis: chance.int(this.lateMillis), backMillis: 0 })
        case "Twice":
          return caller.ask(what, () => {
            clock.in(chance.int(this.lateMillis), act)
            return act()
          })
      }
    })
  }

  private apply(identity: BatchSink.Identity, batch: Batch<A>): Effect.Effect<void, SimSinkError> {
    if (this.commitClass === "Transactional" && identity.epoch < this.fence) {
      this.onArrival({ identity, batch, isDone: false })
      return Effect.fail(fenced(identity))
    }
    const isDone = this.keep(batch)
    this.last = Math.max(this.last, batch.id)
    this.onArrival({ identity, batch, isDone })
    return Effect.void
  }

  private keep(batch: Batch<A>): boolean {
    switch (this.commitClass) {
      case "AtLeastOnce":
        this.batches.push(batch)
        return true
      case "Transactional":
        if (batch.id <= this.last) return false
        this.batches.push(batch)
        return true
      case "IdempotentByBatch": {
        const place = this.batches.findIndex((other) => other.id === batch.id)
        this.batches[place < 0 ? this.batches.length : place] = batch
        return true
      }
      case "VersionedUpsert":
        for (const item of batch.items) {
          const key = this.options.keyOf === undefined ? JSON.stringify(item) : this.options.keyOf(item)
          if ((this.rows.get(key)?.batch ?? 0) <= batch.id) this.rows.set(key, { batch: batch.id, item })
        }
        return true
    }
  }
}

const fenced = ({ output }: BatchSink.Identity) => new SimSinkError({ output, reason: "Fenced" })

const outside = Effect.die(new Error("A simulated sink is only written to by a process of its simulation"))
