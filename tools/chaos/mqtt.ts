/** Messages by way of a broker that is stopped and started again on what it has kept. */
import { startMosquitto } from "@millrace/tool-services"
import { connectAsync } from "mqtt"
import { type Entry, lineOf } from "./input.ts"
import { MissingServer } from "./MissingServer.ts"
import { Paced } from "./Paced.ts"
import { keyProperty } from "./Settings.ts"
import type { Upstream } from "./Upstream.ts"

const topic = "chaos/records"
const clientId = "chaos-reader"
/** Every so many messages one is sent twice, as senders do that missed an acknowledgement. */
const twiceEvery = 97
const weekSeconds = 7 * 24 * 3_600

export const overMqtt = async (entries: ReadonlyArray<Entry>, rate: number): Promise<Upstream> => {
  const found = await startMosquitto()
  if ("missing" in found) throw new MissingServer("Mosquitto", found.missing)
  const { server } = found
  await subscribe(server.url)
  const client = await connectAsync(server.url, { protocolVersion: 5, reconnectPeriod: 100 })
  // Without a listener a broken connection would end this process.
  client.on("error", () => {})
  const publish = (entry: Entry) =>
    client.publishAsync(topic, lineOf(entry), {
      qos: 1,
      properties: { userProperties: { [keyProperty]: String(entry.id) } }
    })
  const paced = new Paced(entries, rate, async (next) => {
    await Promise.all(next.flatMap((entry) =>
      entry.id % twiceEvery === 0 ? [publish(entry), publish(entry)] : [publish(entry)]))
  })
  return {
    source: { _tag: "mqtt", url: server.url, topic, clientId },
    ends: false,
    sent: () => 0,
    due: () => paced.allowed,
    allow: paced.allow,
    hurry: paced.hurry,
    broker: {
      end: async () => {
        await paced.hold()
        await server.stop()
      },
      start: async () => {
        await server.start()
        if (!client.connected) await new Promise<void>((resolve) => client.once("connect", () => resolve()))
        paced.goOn()
      }
    },
    close: async () => {
      await paced.close()
      await client.endAsync(true)
      await server.close()
    }
  }
}

/** What is sent before the program runs for the first time waits in its session. */
const subscribe = async (url: string): Promise<void> => {
  const client = await connectAsync(url, {
    clientId,
    clean: false,
    protocolVersion: 5,
    properties: { sessionExpiryInterval: weekSeconds }
  })
  await client.subscribeAsync(topic, { qos: 1 })
  await client.endAsync()
}
