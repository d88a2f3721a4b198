/** Makes a topic where it is not there, since neither receivers nor sinks do. */
import { Admin } from "@platformatic/kafka"
import { Data, Effect } from "effect"

class NoTopic extends Data.TaggedError("NoTopic")<{ readonly topic: string; readonly brokers: ReadonlyArray<string> }> {
  override get message() {
    return `Topic ${this.topic} could not be made at ${this.brokers.join(",")}. Is Kafka there? \`npm run services\` starts one and says where, ` +
      "--bootstrap-servers is for its address"
  }
}

const withAdmin = <A>(brokers: ReadonlyArray<string>, use: (admin: Admin) => Promise<A>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => new Admin({ clientId: "millrace-examples", bootstrapBrokers: [...brokers], retries: 2 })),
    (admin) => Effect.tryPromise(() => use(admin)),
    (admin) => Effect.ignore(Effect.tryPromise(() => admin.close()))
  )

export const ensureTopic = (brokers: ReadonlyArray<string>, topic: string): Effect.Effect<void, NoTopic> =>
  withAdmin(brokers, async (admin) => {
    const isThere = (await admin.listTopics()).includes(topic)
    if (!isThere) await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 })
  }).pipe(
    // Somebody else may have made it in the meantime.
    Effect.catch(() =>
      Effect.flatMap(withAdmin(brokers, (admin) => admin.listTopics()), (topics) =>
        topics.includes(topic) ? Effect.void : Effect.fail("missing"))),
    Effect.mapError(() => new NoTopic({ topic, brokers }))
  )
