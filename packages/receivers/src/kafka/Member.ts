/** Membership in a consumer group, by the client: who owns which partitions, and what the group has committed. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConnectionOptions } from "./ConnectionOptions.ts"
import { call, type Client, client, clientOptions } from "./driver.ts"
import type { Reason } from "./KafkaError.ts"
import { reasonOf } from "./reasonOf.ts"
import { GroupLost } from "./reasons.ts"

export interface MemberOptions {
  readonly groupId: string
  readonly groupInstanceId: string | undefined
  readonly topics: ReadonlyArray<string>
  readonly sessionMillis: number
  readonly rebalanceMillis: number
}

/** As the coordinator knows this member. Each rebalance has another generation. */
export interface Identity {
  readonly memberId: string
  readonly generation: number
}

/** What a member owns from now on. */
export interface Assignment extends Identity {
  /** Whether this member divides the partitions among all. */
  readonly isLeader: boolean
  readonly partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>
}

export interface Callbacks {
  /** Before the group is joined again, while what is owned is still owned. It is waited for. */
  readonly leaving: () => Promise<void>
  readonly assigned: (assignment: Assignment) => void
  readonly failed: (reason: Reason) => void
}

/** A member that takes part for as long as the scope is open, and leaves when it closes. */
export const joinGroup = (
  connection: ConnectionOptions,
  options: MemberOptions,
  callbacks: Callbacks
): Effect.Effect<Member, Reason, Scope.Scope> =>
  Effect.gen(function*() {
    const { Consumer } = yield* client
    const { groupId, groupInstanceId, rebalanceMillis, sessionMillis, topics } = options
    const make = Effect.sync(() => {
      const consumer = new Consumer({
        ...clientOptions(connection),
        // Of joining alone: requests for records and commits do not go through it.
        retries: 5,
        retryDelay: 200,
        groupId,
        ...(groupInstanceId === undefined ? {} : { groupInstanceId }),
        sessionTimeout: sessionMillis,
        rebalanceTimeout: Math.max(sessionMillis, rebalanceMillis),
        heartbeatInterval: Math.max(1, Math.floor(Math.min(3_000, sessionMillis / 3))),
        heartbeatStallTimeout: sessionMillis,
        autocommit: false,
        // Asked for before each joining, and waited for: so the moment to commit what is still owned.
        protocolsMetadata: async () => {
          await callbacks.leaving()
          return Buffer.alloc(0)
        }
      })
      for (const topic of topics) consumer.topics.track(topic)
      listen(consumer, groupId, connection.brokers, callbacks)
      return consumer
    })
    const consumer = yield* Effect.acquireRelease(make, leave)
    const known = <A>(effect: Effect.Effect<A, unknown>) => Effect.mapError(effect, (error) => reasonOf(error, connection.brokers))
    yield* known(call<string>((callback) => consumer.joinGroup({}, callback)))
    return new Member(consumer, connection.brokers)
  })

const listen = (consumer: Client.Consumer, group: string, brokers: ReadonlyArray<string>, callbacks: Callbacks): void => {
  consumer.on("client:broker:connect", ({ connection }) => connection.on("error", () => {}))
  consumer.on("consumer:group:join", ({ assignments, generationId = 0, isLeader = false, memberId }) => {
    const partitions = (assignments ?? []).flatMap(({ partitions, topic }) => partitions.map((partition) => ({ topic, partition })))
    callbacks.assigned({ memberId, generation: generationId, isLeader, partitions })
  })
  // The client goes on with heartbeats for ever, whether anybody answers or not.
  consumer.on("consumer:heartbeat:stalled", ({ lastError }) => {
    const reason = lastError === undefined ? undefined : reasonOf(lastError, brokers)
    callbacks.failed(reason?.isRetryable === false ? reason : new GroupLost({ group, code: "HEARTBEAT_STALLED" }))
  })
  // It could not join again, and does not try any more.
  consumer.on("error", (error: unknown) => {
    const reason = reasonOf(error, brokers)
    callbacks.failed(reason.isRetryable ? new GroupLost({ group, code: codeOf(reason) }) : reason)
  })
}

const codeOf = (reason: Reason): string => "code" in reason ? reason.code : reason._tag

/** How long leaving may take. A coordinator that does not hear of it finds out by the session timeout. */
const leaveTimeout = "2 seconds"

const leave = (consumer: Client.Consumer): Effect.Effect<void> =>
  Effect.ignore(Effect.timeout(call<true>((callback) => consumer.close(true, (error) => callback(error, true))), leaveTimeout)).pipe(
    Effect.andThen(Effect.sync(() => {
      for (const [, { socket }] of consumer.connections) socket?.destroy()
    }))
  )

export class Member {
  readonly #consumer: Client.Consumer
  readonly #brokers: ReadonlyArray<string>

  constructor(consumer: Client.Consumer, brokers: ReadonlyArray<string>) {
    this.#consumer = consumer
    this.#brokers = brokers
  }

  /** Makes the group divide the partitions anew. */
  get rejoin(): Effect.Effect<void, Reason> {
    return Effect.asVoid(this.#known(call<string>((callback) => this.#consumer.joinGroup({}, callback))))
  }

  /** What the group has for each partition; -1 where nothing. */
  committed(places: ReadonlyArray<{ readonly topic: string; readonly partitions: ReadonlyArray<number> }>) {
    const topics = places.map(({ partitions, topic }) => ({ topic, partitions: [...partitions] }))
    return Effect.map(
      this.#known(call<Client.Offsets>((callback) => this.#consumer.listCommittedOffsets({ topics }, callback))),
      (offsets) => (topic: string, partition: number): number => Number(offsets.get(topic)?.[partition] ?? -1)
    )
  }

  #known<A>(effect: Effect.Effect<A, unknown>): Effect.Effect<A, Reason> {
    return Effect.mapError(effect, (error) => reasonOf(error, this.#brokers))
  }
}
