/** Items become messages, each with the place it has in its batch. */
import type { Batch } from "@millrace/core"
import * as Duration from "effect/Duration"
import { type Checked, isTopic } from "./checked.ts"
import type { Outgoing } from "./driver.ts"
import type { Reason } from "./MqttError.ts"
import type { Properties, PublishOptions } from "./Options.ts"

/** The user property that a receiver can tell a repeat by. */
export const batchProperty = "millrace-batch"

/** Fixed header, length of topic, packet id, length of properties. */
const headerBytes = 5 + 2 + 2 + 4

class Wrong extends Error {}

const wireProperties = (given: Properties, place: string): NonNullable<Outgoing["options"]["properties"]> => {
  const { contentType, correlationData, messageExpiry, responseTopic, userProperties = [] } = given
  const named = new Map<string, Array<string>>([[batchProperty, [place]]])
  for (const [name, value] of userProperties) {
    if (name === batchProperty) throw new Wrong(`the user property ${batchProperty} is the sink's own`)
    const values = named.get(name)
    if (values === undefined) named.set(name, [value])
    else values.push(value)
  }
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData) }),
    ...(messageExpiry === undefined ? {} : { messageExpiryInterval: secondsOf(messageExpiry) }),
    userProperties: Object.fromEntries(named)
  }
}

const secondsOf = (input: Duration.Input): number =>
  Math.max(0, Math.min(Math.ceil(Duration.toMillis(Duration.fromInputUnsafe(input)) / 1000), 0xffffffff))

/** Makes the message of an item. `place` is the same whenever its batch comes again. */
const messageOf = <A>(options: PublishOptions<A>, { level, qos }: Checked, item: A, place: string): Outgoing => {
  const { payload, properties, retain = false, topic } = options
  const to = typeof topic === "function" ? topic(item) : topic
  if (!isTopic(to)) throw new Wrong("its topic is none: empty, too long, or with +, # or NUL")
  const content = payload(item)
  const given = properties?.(item) ?? {}
  if (level === 4 && properties !== undefined) throw new Wrong("MQTT 3.1.1 knows no properties")
  return {
    topic: to,
    payload: typeof content === "string" ? Buffer.from(content) : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    options: {
      qos,
      retain: typeof retain === "function" ? retain(item) : retain,
      ...(level === 4 ? {} : { properties: wireProperties(given, place) })
    }
  }
}

export interface Messages {
  readonly messages: ReadonlyArray<Outgoing>
  readonly wrong: Reason | undefined
}

/** All messages of a batch, or the first item that is none. */
export const messagesOf = <A>(
  options: PublishOptions<A>,
  checked: Checked,
  of: { readonly pipeline: string; readonly output: string },
  batch: Batch.Batch<A>
): Messages => {
  const { id, items, time } = batch
  const messages: Array<Outgoing> = []
  for (const [index, item] of items.entries()) {
    try {
      messages.push(messageOf(options, checked, item, `${of.pipeline}/${of.output}/${time}-${id}/${index}`))
    } catch (error) {
      // What a function of the user threw may quote the item.
      const problem = error instanceof Wrong ? error.message : "topic, payload, retain or properties cannot be made of it"
      return { messages, wrong: { _tag: "BadItem", batchId: id, item: index, problem } }
    }
  }
  return { messages, wrong: undefined }
}

/** At least so many bytes it takes as a packet. */
export const packetBytes = ({ options, payload, topic }: Outgoing): number => {
  let bytes = headerBytes + Buffer.byteLength(topic) + payload.length
  for (const [name, values] of Object.entries(options.properties?.userProperties ?? {})) {
    for (const value of Array.isArray(values) ? values : [values]) bytes += 5 + Buffer.byteLength(name) + Buffer.byteLength(value)
  }
  return bytes
}
