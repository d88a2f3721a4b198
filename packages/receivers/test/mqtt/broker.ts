/** The Mosquitto of the tests, those who publish to it, and a receiver read by hand. */
import type { Receiver } from "@millrace/core"
import * as Mqtt from "@millrace/receivers/Mqtt"
import { mosquitto } from "@millrace/tool-services"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { connectAsync, type IClientOptions, type IClientPublishOptions, type MqttClient } from "mqtt"
import { randomUUID } from "node:crypto"

const server = await mosquitto()

/** Whether there is none, and the tests are skipped. */
export const isMissing = server === undefined

export const url = server?.url ?? "mqtt://nowhere"

/** A name that no other test has, for topics and clients. */
export const freshName = (): string => `millrace-${randomUUID().slice(0, 13)}`

/** Sessions of tests that leave one behind are gone after this. */
export const sessionExpiry = "30 seconds"

export const client = (options: IClientOptions = {}, to = url): Effect.Effect<MqttClient, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = await connectAsync(to, { protocolVersion: 5, reconnectPeriod: 0, clientId: freshName(), ...options })
      // What breaks it is what a test breaks.
      client.on("error", () => {})
      return client
    }),
    (client) => Effect.promise(() => client.endAsync(true))
  )

export const publish = (
  client: MqttClient,
  topic: string,
  payloads: ReadonlyArray<string | Buffer>,
  options: IClientPublishOptions = { qos: 1 }
) =>
  Effect.promise(async () => {
    // The broker takes in twenty unfinished ones of QoS 1 and 2 at a time, and refuses more.
    for (let from = 0; from < payloads.length; from += 20) {
      await Promise.all(payloads.slice(from, from + 20).map((payload) => client.publishAsync(topic, payload, options)))
    }
  })

/** What a test asks for, of its broker and of its session. */
export type Asked = Omit<Mqtt.Options, "payload"> & Mqtt.ConnectionOptions

/** A receiver and its broker. */
export interface Placed<A> {
  readonly receiver: Receiver.Receiver<Mqtt.Message<A>, Mqtt.MqttError, Mqtt.MqttConnection>
  readonly connection: Layer.Layer<Mqtt.MqttConnection, Mqtt.MqttError>
}

export const placed = <A>(asked: Asked, payload: Mqtt.Format<A>): Placed<A> =>
  ({ receiver: Mqtt.messages({ ...asked, payload }), connection: Mqtt.layer(asked) })

export const strings = (asked: Asked): Placed<string> => placed(asked, Mqtt.string)

/** The session of a receiver, made before it is there, so that the broker keeps what is published from now on. */
export const subscribed = (asked: Asked) => Effect.scoped(Effect.asVoid(opened(strings(asked))))

export type Block = Receiver.Block<unknown, unknown>

const isStream = <E, R>(source: Receiver.Source<E, R>) => {
  if (source._tag !== "Stream") throw new Error("it is a stream")
  return source
}

/** Opens a receiver and gives its pull, one block at a time. */
export const opened = <A>({ connection, receiver }: Placed<A>) =>
  Effect.gen(function*() {
    const stream = yield* Effect.provide(isStream(receiver.source).open(Option.none()), connection)
    return (yield* Stream.toPull(stream)).pipe(
      Effect.map(([block]): Block => block),
      Pull.catchDone(() => Effect.die(new Error("it never ends")))
    )
  })

/** What the decoder of a receiver makes of a block. */
export const messagesOf = <A>({ receiver }: Placed<A>, { payload }: Block) =>
  payload.flatMap((chunk): ReadonlyArray<Mqtt.Message<A>> => {
    const [step] = receiver.decoder.steps
    if (step?.op !== "flatMap") throw new Error("it decodes chunk by chunk")
    return step.f(chunk)
  })

/** Opens a receiver, reads until so many messages came, and acknowledges each block as it comes. */
export const read = <A>(
  receiver: Placed<A>,
  messages: number,
  options: { readonly acknowledge?: boolean } = {}
) =>
  Effect.scoped(Effect.gen(function*() {
    const pull = yield* opened(receiver)
    const found: Array<Mqtt.Message<A>> = []
    while (found.length < messages) {
      const block = yield* pull
      found.push(...messagesOf(receiver, block))
      if (options.acknowledge !== false && block.acknowledge !== undefined) yield* block.acknowledge
    }
    return found
  }))

/** Waits for something that has to come true soon. */
export const eventually = (what: string, isTrue: () => boolean | Promise<boolean>): Effect.Effect<void> =>
  Effect.promise(async () => {
    const deadline = performance.now() + 30_000
    while (!(await isTrue())) {
      if (performance.now() > deadline) throw new Error(`not within half a minute: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })

/** What a receiver has counted. */
export const counted = (name: string, receiver: string) =>
  Effect.map(Metric.snapshot, (series) =>
    series
      .filter(({ attributes, id }) => id === `millrace_mqtt_${name}_total` && attributes?.["receiver"] === receiver)
      .reduce((sum, one) => sum + (one.type === "Counter" ? Number(one.state.count) : 0), 0))
