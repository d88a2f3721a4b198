/** A way to the brokers on which the requests or answers of one's choice get lost, or wait. */
import type { BatchSink } from "@millrace/core"
import * as client from "@platformatic/kafka"
import { Context, Effect } from "effect"
import { Cluster } from "../../src/kafka/Cluster.ts"
import { addressesOf } from "../../src/kafka/connection.ts"
import { Driver } from "../../src/kafka/driver.ts"
import type { Reason } from "../../src/kafka/KafkaError.ts"
import { KafkaConnection } from "@millrace/sinks/Kafka"
import { url } from "./broker.ts"

/** Those of a batch. */
export const requests = ["addPartitions", "addOffsets", "commitOffset", "produce", "endTransaction"] as const
export type Request = typeof requests[number] | "initProducer"

/** What is to happen to a request: it does not arrive, its answer does not, or anything before it is sent. */
export interface Fault {
  readonly request: Request
  readonly at: "request" | "answer"
  readonly before?: Effect.Effect<void>
}

const lost: Effect.Effect<never, Reason> = Effect.fail({ _tag: "ConnectionLost" })

class FaultyDriver extends Driver {
  /** Taken away once it has happened. */
  fault: Fault | undefined = undefined
  /** What is to happen once the sink is open, which takes a transaction too. */
  later: Fault | undefined = undefined

  private pass<A>(request: Request, effect: Effect.Effect<A, Reason>): Effect.Effect<A, Reason> {
    return Effect.suspend(() => {
      const { fault } = this
      if (fault?.request !== request) return effect
      this.fault = undefined
      if (fault.before !== undefined) return Effect.andThen(fault.before, effect)
      return fault.at === "request" ? lost : Effect.andThen(effect, lost)
    })
  }

  override initProducer(...args: Parameters<Driver["initProducer"]>) {
    return this.pass("initProducer", super.initProducer(...args))
  }

  override addPartitions(...args: Parameters<Driver["addPartitions"]>) {
    return this.pass("addPartitions", super.addPartitions(...args))
  }

  override addOffsets(...args: Parameters<Driver["addOffsets"]>) {
    return this.pass("addOffsets", super.addOffsets(...args))
  }

  override commitOffset(...args: Parameters<Driver["commitOffset"]>) {
    return this.pass("commitOffset", super.commitOffset(...args))
  }

  override produce(...args: Parameters<Driver["produce"]>) {
    return this.pass("produce", super.produce(...args))
  }

  override endTransaction(...args: Parameters<Driver["endTransaction"]>) {
    return Effect.tap(this.pass("endTransaction", super.endTransaction(...args)), () =>
      Effect.sync(() => {
        this.fault ??= this.later
        this.later = undefined
      }))
  }
}

/** Opens a sink over such a way. */
export const faulty = Effect.acquireRelease(
  Effect.sync(() => {
    const driver = new FaultyDriver(client, { brokers: [url], requestTimeout: "10 seconds" })
    const addresses = addressesOf([url])
    const cluster = new Cluster(driver, typeof addresses === "string" ? [] : addresses)
    const context = Context.make(KafkaConnection, { connect: Effect.succeed(cluster) })
    return {
      driver,
      cluster,
      next: (fault: Fault) => void (driver.fault = fault),
      open: <A, E, R>(sink: BatchSink.BatchSink<A, E, R>, identity: BatchSink.Identity) =>
        Effect.provide(sink.open(identity), context)
    }
  }),
  ({ driver }) => driver.close
)
