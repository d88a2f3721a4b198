/** A server that tests need: found, started, or missing for a reason that is said once. */
import * as net from "node:net"

/** A server, or why there is none. */
export type Found<A> = { readonly server: A } | { readonly missing: string }

/**
 * Gives the server, nothing where there is none: its tests skip themselves then, and one line says why. With
 * `MILLRACE_REQUIRE_SERVICES=1` that is a failure. Looks once in a process.
 */
export const service = <A>(name: string, find: () => Promise<Found<A>>): () => Promise<A | undefined> => {
  let looked: Promise<A | undefined> | undefined
  const look = async () => {
    const found = await find()
    if ("server" in found) return found.server
    const message = `No ${name} for the tests: ${found.missing}`
    if (process.env["MILLRACE_REQUIRE_SERVICES"] === "1") throw new Error(message)
    process.stderr.write(`${message}. They are skipped.\n`)
    return undefined
  }
  return () => looked ??= look()
}

/** A port that nobody listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })
