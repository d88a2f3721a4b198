import { type Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { checked } from "./checked.ts"
import { reachedBy } from "./ConnectionOptions.ts"
import { open, type Session } from "./driver.ts"
import { messagesOf } from "./messages.ts"
import { MqttConnection } from "./MqttConnection.ts"
import { MqttError, type Reason } from "./MqttError.ts"
import type { Options, PublishOptions } from "./Options.ts"
import { send } from "./send.ts"

const goodbyeMillis = 1000

/**
 * Publishes a message for each item, in their order, and waits until the broker has acknowledged all of them. A batch
 * that is tried again, after an error or a crash, is published again as a whole (`AtLeastOnce`).
 *
 * With MQTT 5 each message has the user property `millrace-batch`: pipeline, output, batch and place in the batch, the
 * same whenever the batch comes again. A receiver that leaves out what it has seen has each item once.
 *
 * Up to `maxInFlight` messages are on their way, fewer where the broker takes fewer. A connection that breaks is opened
 * anew with the next try.
 *
 * ```ts import.meta.vitest
 * import * as Mqtt from "@millrace/sinks/Mqtt"
 *
 * interface Alert {
 *   readonly vehicle: string
 *   readonly text: string
 * }
 * const sink = Mqtt.publish({
 *   topic: ({ vehicle }: Alert) => `alerts/${vehicle}`,
 *   payload: ({ text }) => text,
 *   properties: () => ({ contentType: "text/plain", messageExpiry: "1 hour" })
 * })
 * sink.commitClass // => "AtLeastOnce"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const publish = <A>(options: PublishOptions<A>): BatchSink.BatchSink<A, MqttError, MqttConnection> =>
  BatchSink.fromOpen({
    commitClass: "AtLeastOnce",
    open: Effect.fnUntraced(function*({ output, pipeline }) {
      const broker = yield* MqttConnection
      const { host } = new URL(broker.options.url)
      const fail = (reason: Reason) => new MqttError({ output, broker: host, reason })
      const asked = checked(options, reachedBy(broker.options).level)
      if ("_tag" in asked) return yield* fail(asked)
      const connection = new Connection(broker, options)
      yield* connection.closing
      yield* Effect.mapError(connection.session, fail)
      const published = Metric.counter("millrace_mqtt_published_messages_total", {
        description: "Messages that the broker acknowledged; of QoS 0, those that were handed to the system",
        attributes: { output },
        incremental: true
      })
      const commit = (batch: Batch.Batch<A>): Effect.Effect<void, MqttError> => {
        if (batch.items.length === 0) return Effect.void
        const { messages, wrong } = messagesOf(options, asked, { pipeline, output }, batch)
        if (wrong !== undefined) return Effect.fail(fail(wrong))
        return connection.session.pipe(
          Effect.flatMap((session) =>
            // What is still on its way when it fails or is interrupted must not mix with the next try.
            Effect.onError(send(session, asked, messages), () => Effect.sync(() => session.destroy()))
          ),
          Effect.mapError(fail),
          Effect.andThen(Metric.update(published, messages.length))
        )
      }
      const writer: BatchSink.Writer<A, MqttError> = { lastCommitted: Effect.succeedNone, commit }
      return writer
    })
  })

/** The one that stands, opened again after it has ended. */
class Connection {
  readonly #broker: MqttConnection["Service"]
  readonly #options: Options
  #current: Session | undefined = undefined

  constructor(broker: MqttConnection["Service"], options: Options) {
    this.#broker = broker
    this.#options = options
  }

  readonly session: Effect.Effect<Session, Reason> = Effect.suspend(() => {
    const current = this.#current
    if (current !== undefined && current.ended() === undefined) return Effect.succeed(current)
    return Effect.uninterruptibleMask((restore) =>
      Effect.tap(
        Effect.flatMap(this.#clientId, (clientId) => restore(open(this.#broker, this.#options.will, clientId))),
        (session) =>
          Effect.sync(() => {
            this.#current = session
          })
      )
    )
  })

  readonly closing: Effect.Effect<void, never, Scope.Scope> = Effect.addFinalizer(() =>
    Effect.suspend(() => {
      const session = this.#current
      if (session === undefined || session.ended() !== undefined) return Effect.void
      return Effect.andThen(Effect.timeoutOption(session.close, goodbyeMillis), Effect.sync(() => session.destroy()))
    })
  )

  readonly #clientId: Effect.Effect<string> = Effect.suspend(() => {
    const { clientId } = this.#options
    if (clientId !== undefined) return Effect.succeed(clientId)
    return Effect.map(Random.nextInt, (n) => `millrace-${Math.abs(n).toString(36)}`)
  })
}
