/** The process that runs the tests finds each server once, for all of the processes in which tests run. */
import * as net from "node:net"
import { finders } from "./finders.ts"
import { type Found, listens } from "./Service.ts"
import { hubVariable } from "./shared.ts"

/** Nobody asks for more than a name. */
const nameMax = 100

/** Listens until the function that it gives is called. What it started ends with this process. */
export const openHub = async (find = finders): Promise<() => Promise<void>> => {
  const known = new Map<string, Promise<Found<unknown> | null>>()
  const look = async (name: string): Promise<Found<unknown> | null> => {
    try {
      return await find[name]?.() ?? null
    } catch (error) {
      return { missing: error instanceof Error ? error.message : String(error) }
    }
  }
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
    socket.on("error", () => socket.destroy())
    socket.setEncoding("utf8")
    let asked = ""
    socket.on("data", async (text) => {
      asked += text
      const end = asked.indexOf("\n")
      if (end === -1) return void (asked.length > nameMax && socket.destroy())
      const name = asked.slice(0, end)
      const answer = known.get(name) ?? look(name)
      known.set(name, answer)
      socket.end(JSON.stringify(await answer))
    })
  })
  const port = await listens(server)
  server.unref()
  process.env[hubVariable] = String(port)
  return async () => {
    delete process.env[hubVariable]
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}
