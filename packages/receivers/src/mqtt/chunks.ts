/** Packets become what the journal keeps. */
import type { Publish } from "./driver.ts"
import { bytesOf, type Chunk, messageOf, writtenBytes } from "./Message.ts"
import type { Tally } from "./metrics.ts"
import type { Options } from "./Options.ts"

type Properties = NonNullable<Publish["properties"]>

const propertiesOf = (properties: Properties): Partial<Chunk> => {
  const { contentType, correlationData, messageExpiryInterval, responseTopic, userProperties } = properties
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: correlationData.toString("base64") }),
    ...(messageExpiryInterval === undefined ? {} : { messageExpiry: messageExpiryInterval }),
    ...(userProperties === undefined ? {} : { userProperties: pairsOf(userProperties) })
  }
}

const pairsOf = (userProperties: NonNullable<Properties["userProperties"]>): ReadonlyArray<readonly [string, string]> =>
  Object.entries(userProperties).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((each) => [name, each] as const) : [[name, value] as const])

/**
 * The key is asked for once, when the message comes: what the journal and a redelivery compare is text. A message that
 * has none gets one that no other has, of an `opening` that no other has.
 */
export const chunkOf = ({ deduplicateBy, retained }: Options<unknown>, opening: string, tally: Tally) => {
  let nameless = 0
  const keyOf = (chunk: Chunk): string | undefined => {
    if (deduplicateBy === undefined) return undefined
    try {
      const key = deduplicateBy(messageOf(chunk, bytesOf(chunk)))
      if (key !== undefined) return `${typeof key} ${key}`
    } catch {
      // As if it gave none.
    }
    tally.unidentified()
    return `none ${opening} ${++nameless}`
  }
  return (packet: Publish): Chunk | undefined => {
    if (packet.retain && retained === "never") {
      tally.skipped()
      return undefined
    }
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload
    const chunk: Chunk = {
      topic: packet.topic,
      ...writtenBytes(payload),
      qos: packet.qos,
      retain: packet.retain,
      duplicate: packet.dup,
      ...(packet.properties === undefined ? {} : propertiesOf(packet.properties))
    }
    const key = keyOf(chunk)
    return key === undefined ? chunk : { ...chunk, key }
  }
}
