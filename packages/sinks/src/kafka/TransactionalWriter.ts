/** The batches of one output, each in a transaction with the note that it is there. */
import type { Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Scope } from "effect/Scope"
import type { Cluster } from "./Cluster.ts"
import { millisOf } from "./connection.ts"
import { nobody, type Producer } from "./driver.ts"
import type { Reason } from "./KafkaError.ts"
import type { Tally } from "./metrics.ts"
import { defaultRequestBytes, type TransactionalOptions } from "./options.ts"
import { decodePosition, encodePosition, nameOf, Position } from "./position.ts"
import { type Numbered, ProducerSession } from "./ProducerSession.ts"
import { unitsOf } from "./records.ts"

/** Shuts out whoever wrote to the output before, and reads which batch it has. Gives up what hangs when the scope closes. */
export const openWriter = <A>(
  cluster: Cluster,
  options: TransactionalOptions<A>,
  identity: BatchSink.Identity,
  tally: Tally
): Effect.Effect<TransactionalWriter<A>, Reason, Scope> =>
  Effect.gen(function*() {
    yield* cluster.leaders(options.topic)
    const opening = yield* Random.nextIntBetween(1, Number.MAX_SAFE_INTEGER)
    const writer = new TransactionalWriter(cluster, options, identity, opening, tally)
    // Before it is opened, and not as its release: opening waits for brokers, and an end does not wait for that.
    yield* Effect.addFinalizer(() => writer.giveUp())
    yield* writer.open()
    return writer
  })

export class TransactionalWriter<A> {
  private readonly cluster: Cluster
  private readonly options: TransactionalOptions<A> & { readonly maxRequestBytes: number }
  private readonly identity: BatchSink.Identity
  private readonly opening: number
  private readonly tally: Tally
  private readonly session: ProducerSession
  /** The transactional id, and the group. */
  private readonly name: string
  private batch = 0
  private isDoubtful = false
  /** Something was begun, and nobody knows how far it went. */
  private isUnsure = false

  constructor(cluster: Cluster, options: TransactionalOptions<A>, identity: BatchSink.Identity, opening: number, tally: Tally) {
    this.cluster = cluster
    this.options = { ...options, maxRequestBytes: options.maxRequestBytes ?? defaultRequestBytes }
    this.identity = identity
    this.opening = opening
    this.tally = tally
    this.name = nameOf(options.prefix ?? "millrace", identity)
    this.session = new ProducerSession({
      cluster,
      transactionalId: this.name,
      transactionMillis: millisOf(options.transactionTimeout, 60_000),
      maxRequestBytes: this.options.maxRequestBytes,
      compressor: cluster.driver.compressor(options.compression ?? "none")
    })
  }

  /**
   * The note of the start is written before any batch is: an older start that comes back finds it, and stops. It is looked
   * at first, so that an older start does not disturb a younger one, and again once nobody else can change it.
   */
  open(): Effect.Effect<void, Reason> {
    const { epoch } = this.identity
    return this.unlessNewer(this.read(false)).pipe(
      Effect.andThen(this.session.begin(nobody)),
      Effect.andThen(this.unlessNewer(this.read())),
      Effect.flatMap((found) => {
        this.batch = found?.batch ?? 0
        this.isDoubtful = found === undefined ? epoch > 1 : found.isDoubtful
        return this.transaction(this.batch, [])
      })
    )
  }

  /** The newest batch that the cluster has. */
  newest(): Effect.Effect<number, Reason> {
    return Effect.map(this.sure(), () => this.batch)
  }

  commit(batch: Batch.Batch<A>): Effect.Effect<void, Reason> {
    return this.sure().pipe(
      Effect.andThen(this.write(batch)),
      // Somebody was there in between, and is gone or older.
      Effect.catch((reason) =>
        reason._tag === "ProducerLost" ? Effect.andThen(this.sure(), this.write(batch)) : Effect.fail(reason)),
      Effect.tapError(({ _tag }) =>
        Effect.sync(() => {
          this.cluster.forget()
          this.tally.failed(_tag)
        }))
    )
  }

  /** Without this, readers of committed records would wait until the transaction is too old. */
  giveUp(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!this.isUnsure || this.session.current.id === nobody.id) return Effect.void
      return Effect.ignore(Effect.timeout(Effect.interruptible(this.end(this.session.current, false)), "2 seconds"))
    })
  }

  private write(batch: Batch.Batch<A>): Effect.Effect<void, Reason> {
    return Effect.suspend(() => this.batch >= batch.id ? Effect.sync(() => this.tally.skipped()) : this.writeNew(batch))
  }

  private writeNew(batch: Batch.Batch<A>): Effect.Effect<void, Reason> {
    if (this.isDoubtful && batch.id > 1 && this.options.missingPosition !== "begin") {
      return Effect.fail({ _tag: "PositionMissing", batch: batch.id })
    }
    return Effect.flatMap(unitsOf(this.cluster, this.options, batch), (units) => {
      this.isDoubtful = false
      const numbered = this.session.number(units)
      return Effect.map(this.transaction(batch.id, numbered), () => this.tally.sent(numbered))
    })
  }

  private transaction(batch: number, numbered: ReadonlyArray<Numbered>): Effect.Effect<void, Reason> {
    const { cluster, name } = this
    const { driver } = cluster
    const producer = this.session.current
    const note = { topic: this.options.topic, offset: BigInt(batch), metadata: encodePosition(this.position(batch)) }
    const partitions = partitionsOf(numbered)
    const announced = partitions.size === 0
      ? Effect.void
      : cluster.coordinated("transaction", name, (link) => driver.addPartitions(link, name, producer, partitions))
    const noted = Effect.andThen(
      cluster.coordinated("transaction", name, (link) => driver.addOffsets(link, name, producer, name)),
      cluster.coordinated("group", name, (link) => driver.commitOffset(link, name, producer, name, note))
    )
    return Effect.suspend(() => {
      this.isUnsure = true
      return announced
    }).pipe(
      Effect.andThen(Effect.all([noted, this.session.send(numbered)], { concurrency: 2, discard: true })),
      Effect.andThen(this.end(producer, true)),
      Effect.map(() => {
        this.isUnsure = false
        this.batch = batch
      })
    )
  }

  private end(producer: Producer, isCommitted: boolean) {
    return this.cluster.coordinated("transaction", this.name, (link) =>
      this.cluster.driver.endTransaction(link, this.name, producer, isCommitted))
  }

  /**
   * After a failure: ends what hangs, and reads what became of it. Only if somebody else has begun in the meantime is the
   * note asked who that is: of two the older stops, and the younger begins once more.
   */
  private sure(): Effect.Effect<void, Reason> {
    return Effect.suspend(() => this.isUnsure ? this.settle() : Effect.void)
  }

  private settle(): Effect.Effect<void, Reason> {
    const again = Effect.andThen(this.owned(false), this.session.begin(nobody))
    return this.session.begin(this.session.current).pipe(
      Effect.catch((reason) => reason._tag === "ProducerLost" ? again : Effect.fail(reason)),
      Effect.andThen(this.owned()),
      Effect.map((batch) => {
        this.batch = batch
        this.isUnsure = false
      })
    )
  }

  /** The newest batch, if the note says that this opening of the sink writes to it. */
  private owned(isSettled = true): Effect.Effect<number, Reason> {
    return Effect.flatMap(this.read(isSettled), (found) => {
      if (found === undefined) return Effect.succeed(this.batch)
      const { epoch } = this.identity
      return found.epoch > epoch || found.epoch === epoch && found.session !== this.opening
        ? this.fenced(found.epoch)
        : Effect.succeed(found.batch)
    })
  }

  private unlessNewer(read: Effect.Effect<Position | undefined, Reason>): Effect.Effect<Position | undefined, Reason> {
    return Effect.flatMap(read, (found) =>
      found !== undefined && found.epoch > this.identity.epoch ? this.fenced(found.epoch) : Effect.succeed(found))
  }

  private fenced(by: number): Effect.Effect<never, Reason> {
    return Effect.fail({ _tag: "Fenced", epoch: this.identity.epoch, by })
  }

  private position(batch: number): Position {
    const { epoch, output, pipeline } = this.identity
    return new Position({ pipeline, output, epoch, session: this.opening, batch, isDoubtful: this.isDoubtful })
  }

  /** `isSettled`: waits for transactions that end. */
  private read(isSettled = true): Effect.Effect<Position | undefined, Reason> {
    const { cluster, name } = this
    const asked = cluster.coordinated("group", name, (link) => 
      cluster.driver.fetchOffset(link, name, this.options.topic, isSettled))
    return Effect.flatMap(asked, (metadata): Effect.Effect<Position | undefined, Reason> => {
      const found = metadata === undefined ? undefined : decodePosition(metadata)
      const { output, pipeline } = this.identity
      if (metadata !== undefined && (found?.pipeline !== pipeline || found.output !== output)) {
        const problem = `the group ${JSON.stringify(name)} is somebody else's, or newer than this program. Give another \`prefix\``
        return Effect.fail({ _tag: "BadOptions", problem })
      }
      return Effect.succeed(found)
    })
  }
}

const partitionsOf = (numbered: ReadonlyArray<Numbered>): Map<string, Array<number>> => {
  const topics = new Map<string, Set<number>>()
  for (const { unit: { partition, topic } } of numbered) {
    const partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, new Set([partition]))
    else partitions.add(partition)
  }
  return new Map([...topics].map(([topic, partitions]) => [topic, [...partitions]]))
}
