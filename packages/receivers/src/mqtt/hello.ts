/** The packets that a session begins with. */
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import type { Checked } from "./checked.ts"
import { type ConnectionOptions, reachedBy } from "./ConnectionOptions.ts"
import type { Packet } from "./driver.ts"
import type { Options, Will } from "./Options.ts"

type Connect = Extract<Packet, { readonly cmd: "connect" }>

const seconds = (input: Duration.Input): number =>
  Math.min(Math.ceil(Duration.toMillis(Duration.fromInputUnsafe(input)) / 1000), 0xffffffff)

const willOf = (will: Will): NonNullable<Connect["will"]> => ({
  topic: will.topic,
  payload: typeof will.payload === "string" ? will.payload : Buffer.from(will.payload),
  qos: will.qos ?? 0,
  retain: will.retain ?? false,
  properties: {
    ...(will.delay === undefined ? {} : { willDelayInterval: seconds(will.delay) }),
    ...(will.contentType === undefined ? {} : { contentType: will.contentType })
  }
})

/** The session of before, and what this side can take. */
export const connectOf = (options: Options<unknown>, connection: ConnectionOptions, checked: Checked): Packet => {
  const { keepAliveMillis, level } = reachedBy(connection)
  const { password, username } = connection
  return {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: level,
    clean: false,
    clientId: options.clientId,
    keepalive: Math.ceil(keepAliveMillis / 1000),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Buffer.from(Redacted.value(password)) }),
    ...(options.will === undefined ? {} : { will: willOf(options.will) }),
    ...(level === 4 ? {} : {
      properties: {
        sessionExpiryInterval: checked.sessionExpirySeconds,
        receiveMaximum: checked.receiveMaximum,
        maximumPacketSize: checked.maxPacketBytes
      }
    })
  }
}

/** What the broker does with the messages that it kept. */
const handling = { always: 0, new: 1, never: 2 } as const

export const subscribeOf = ({ retained, subscriptions }: Checked): Packet => ({
  cmd: "subscribe",
  messageId: 1,
  subscriptions: subscriptions.map(({ filter, qos }) => ({ topic: filter, qos, nl: false, rap: false, rh: handling[retained] }))
})
