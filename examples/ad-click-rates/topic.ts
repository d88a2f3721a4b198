/** The topic of the events. */
import { Admin } from "@platformatic/kafka"
import { Data, Effect } from "effect"

export class KafkaProblem extends Data.TaggedError("KafkaProblem")<{ readonly what: string; readonly cause: unknown }> {
  override get message() {
    return `${this.what}: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

export const tried = <A>(what: string, call: () => Promise<A>): Effect.Effect<A, KafkaProblem> =>
  Effect.tryPromise({ try: call, catch: (cause) => new KafkaProblem({ what, cause }) })

/** Whoever is first, the job or the producer, makes the topic. */
export const makeTopic = (brokers: ReadonlyArray<string>, topic: string, partitions: number) =>
  Effect.scoped(Effect.gen(function*() {
    const admin = yield* Effect.acquireRelease(
      Effect.sync(() => new Admin({ clientId: "ad-topics", bootstrapBrokers: [...brokers] })),
      (admin) => Effect.ignore(tried("closing", () => admin.close()))
    )
    const isThere = tried(`No broker answers at ${brokers.join(", ")}`, () => admin.listTopics())
      .pipe(Effect.map((topics) => topics.includes(topic)))
    if (yield* isThere) return
    yield* tried(`Topic ${topic} could not be made`, () => admin.createTopics({ topics: [topic], partitions, replicas: 1 })).pipe(
      // The other one was faster.
      Effect.catch((problem) => Effect.flatMap(isThere, (isThere) => isThere ? Effect.void : Effect.fail(problem)))
    )
  }))
