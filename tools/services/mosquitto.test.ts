import { connect, connectAsync, type IClientOptions } from "mqtt"
import { expect, it } from "vitest"
import { mosquitto, mosquittoProblemAt, startMosquitto } from "./mosquitto.ts"

const session: IClientOptions = { clientId: "reader", clean: false, protocolVersion: 4, reconnectPeriod: 0 }

it("keeps a session over its end where it is persistent", async (context) => {
  const found = await startMosquitto()
  if ("missing" in found) return context.skip(found.missing)
  const { server } = found
  const reader = await connectAsync(server.url, session)
  await reader.subscribeAsync("news", { qos: 1 })
  await reader.endAsync(true)
  const writer = await connectAsync(server.url, { reconnectPeriod: 0 })
  await writer.publishAsync("news", "kept", { qos: 1 })
  await writer.endAsync()
  await server.stop()
  expect(await mosquittoProblemAt(server.url)).toContain("ECONNREFUSED")
  await server.start()
  // What waits comes at once, so somebody must listen before the connection is there.
  const again = connect(server.url, session)
  const said = await new Promise((resolve, reject) => {
    again.on("message", (_topic, payload) => resolve(payload.toString()))
    again.on("error", reject)
  })
  await again.endAsync(true)
  expect(said).toBe("kept")
  await server.close()
})

it("lets in only those who are named where some are, with TLS or without", async (context) => {
  const found = await startMosquitto({ users: { reader: "right" } })
  if ("missing" in found) return context.skip(found.missing)
  const { tls, url } = found.server
  const as = (password: string): IClientOptions => ({ username: "reader", password, reconnectPeriod: 0 })
  await (await connectAsync(url, as("right"))).endAsync()
  await expect(connectAsync(url, as("wrong"))).rejects.toThrow(/not authori[sz]ed/i)
  await expect(connectAsync(url, { reconnectPeriod: 0 })).rejects.toThrow(/not authori[sz]ed/i)
  if (tls !== undefined) {
    await (await connectAsync(tls.url, { ...as("right"), ca: tls.ca })).endAsync()
    await expect(connectAsync(tls.url, as("right"))).rejects.toThrow(/self.signed/)
  }
  await found.server.close()
})

it("is found or started", async (context) => {
  const broker = await mosquitto()
  if (broker === undefined) return context.skip()
  expect(await mosquittoProblemAt(broker.url)).toBeUndefined()
})

it("is no broker where nobody listens", async () => {
  expect(await mosquittoProblemAt("mqtt://127.0.0.1:1")).toContain("ECONNREFUSED")
})
