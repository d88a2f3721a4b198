/** Commits offsets to the broker that coordinates a group, under the generation in which they were owned. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConnectionOptions } from "./ConnectionOptions.ts"
import { addressOf, call, type Client, client, openPool } from "./driver.ts"
import { groupBy } from "./groupBy.ts"
import type { Reason } from "./KafkaError.ts"
import type { Identity } from "./Member.ts"
import { reasonOf } from "./reasonOf.ts"

export interface Offset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface Coordinator {
  readonly commit: (identity: Identity, offsets: ReadonlyArray<Offset>) => Effect.Effect<void, Reason>
  /** It may be another broker by now. */
  readonly forget: Effect.Effect<void>
}

export const openCoordinator = (
  options: ConnectionOptions,
  groupId: string
): Effect.Effect<Coordinator, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { FindCoordinatorKeyTypes, findCoordinatorV4, offsetCommitV8 } = yield* client
    const pool = yield* openPool(options)
    const bootstrap = options.brokers.map(addressOf)
    let known: Client.Broker | undefined = undefined
    const find = Effect.gen(function*() {
      const any = yield* call<Client.Connection>((callback) => pool.getFirstAvailable(bootstrap, callback))
      const { coordinators: [found] } = yield* call<Client.findCoordinatorV4.FindCoordinatorResponse>((callback) =>
        findCoordinatorV4.api(any, FindCoordinatorKeyTypes.GROUP, [groupId], callback)
      )
      return known = found === undefined ? bootstrap[0] : { host: found.host, port: found.port }
    })
    const commit = Effect.fnUntraced(function*({ generation, memberId }: Identity, offsets: ReadonlyArray<Offset>) {
      const broker = known ?? (yield* find) ?? { host: "", port: 0 }
      const connection = yield* call<Client.Connection>((callback) => pool.get(broker, callback))
      const topics = [...groupBy(offsets, ({ topic }) => topic)].map(([name, some]) => ({
        name,
        partitions: some.map(({ offset, partition }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: -1,
          committedMetadata: ""
        }))
      }))
      yield* call<unknown>((callback) => offsetCommitV8.api(connection, groupId, generation, memberId, null, topics, callback))
    })
    const coordinator: Coordinator = {
      commit: (identity, offsets) => Effect.mapError(commit(identity, offsets), (error) => reasonOf(error, options.brokers)),
      forget: Effect.sync(() => {
        known = undefined
      })
    }
    return coordinator
  })
