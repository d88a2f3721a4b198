/** Who leads and who coordinates, remembered until somebody says otherwise. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Address } from "./connection.ts"
import type { Driver, Link } from "./driver.ts"
import type { Reason } from "./KafkaError.ts"

/** How long the partitions of a topic are taken for known. */
const freshMillis = 300_000

/** Refused for a moment only, as right after a commit: 5 ms, growing to 200 ms. */
const pauses = Schedule.min([Schedule.exponential("5 millis", 1.5), Schedule.spaced("200 millis")])

interface Topic {
  readonly leaders: ReadonlyArray<number>
  readonly until: number
}

export class Cluster {
  readonly driver: Driver
  private readonly bootstrap: ReadonlyArray<Address>
  private brokers: ReadonlyMap<number, Address> = new Map()
  private readonly topics = new Map<string, Topic>()
  private readonly coordinators = new Map<string, Address>()

  constructor(driver: Driver, bootstrap: ReadonlyArray<Address>) {
    this.driver = driver
    this.bootstrap = bootstrap
  }

  /** After a failure: whatever was known may be why. */
  forget(): void {
    this.topics.clear()
    this.coordinators.clear()
  }

  /** The brokers that lead the partitions of a topic; one that was made a moment ago may take a moment to show. */
  leaders(topic: string): Effect.Effect<ReadonlyArray<number>, Reason> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const known = this.topics.get(topic)
      if (known !== undefined && known.until > now) return Effect.succeed(known.leaders)
      const asked = Effect.flatMap(this.anyLink(), (link) => this.driver.metadata(link, [topic]))
      return asked.pipe(
        Effect.retry({ while: ({ _tag }) => _tag === "Busy" || _tag === "UnknownTopic", schedule: pauses, times: 8 }),
        Effect.mapError((reason): Reason => reason._tag === "UnknownTopic" ? { ...reason, topic } : reason),
        Effect.map(({ brokers, leaders }) => {
          this.brokers = brokers
          const found = leaders.get(topic) ?? []
          this.topics.set(topic, { leaders: found, until: now + freshMillis })
          return found
        })
      )
    })
  }

  /** A connection to a broker by its number. */
  broker(id: number): Effect.Effect<Link, Reason> {
    const address = this.brokers.get(id)
    return address === undefined
      ? Effect.fail<Reason>({ _tag: "Busy", code: "LEADER_NOT_AVAILABLE" })
      : this.driver.link([address])
  }

  anyLink(): Effect.Effect<Link, Reason> {
    return this.driver.link([...this.bootstrap, ...this.brokers.values()])
  }

  /**
   * Asks the coordinator of a group or a transactional id. What it refuses for the moment, or because it moved, is asked
   * again.
   */
  coordinated<A>(
    kind: "group" | "transaction",
    key: string,
    request: (link: Link) => Effect.Effect<A, Reason>
  ): Effect.Effect<A, Reason> {
    const name = `${kind} ${key}`
    const found = Effect.suspend(() => {
      const known = this.coordinators.get(name)
      if (known !== undefined) return Effect.succeed(known)
      const asked = Effect.flatMap(this.anyLink(), (link) => this.driver.coordinator(link, kind, key))
      return Effect.tap(asked, (address) => Effect.sync(() => this.coordinators.set(name, address)))
    })
    const asked = found.pipe(
      Effect.flatMap((address) => this.driver.link([address])),
      Effect.flatMap(request),
      Effect.tapError(({ _tag }) => Effect.sync(() => _tag === "Busy" || _tag === "ConnectionLost" ? this.coordinators.delete(name) : false))
    )
    return this.patiently(asked)
  }

  /** Again where it is refused for the moment, for about as long as a request may take. */
  patiently<A>(request: Effect.Effect<A, Reason>): Effect.Effect<A, Reason> {
    return Effect.retry(request, {
      while: ({ _tag }) => _tag === "Busy",
      schedule: pauses,
      times: Math.max(1, Math.ceil(this.driver.requestMillis / 200))
    })
  }
}
