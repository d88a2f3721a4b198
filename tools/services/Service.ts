/** A server that tests need: found, started, or missing for a reason that is said once. */
import * as net from "node:net"

/** A server, and whether it was started for the one who asked; or why there is none. */
export type Found<A> = { readonly server: A; readonly isStarted?: boolean } | { readonly missing: string }

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

/** A test that breaks a server of its own needs that as much: where one cannot be started, the same is a failure. */
export const needed = <Options extends ReadonlyArray<unknown>, A>(
  name: string,
  start: (...options: Options) => Promise<Found<A>>
) =>
async (...options: Options): Promise<Found<A>> => {
  const found = await start(...options)
  if ("missing" in found && process.env["MILLRACE_REQUIRE_SERVICES"] === "1") {
    throw new Error(`No ${name} of its own for a test: ${found.missing}`)
  }
  return found
}

/** Ports that nobody listens on now, no two the same. */
export const freePorts = async (count: number): Promise<ReadonlyArray<number>> => {
  const servers = Array.from({ length: count }, () => net.createServer())
  const ports = await Promise.all(servers.map(listens))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** A port that nobody listens on now. */
export const freePort = async (): Promise<number> => (await freePorts(1))[0] ?? 0

/** Lets it listen to this machine on any port; gives the port. */
export const listens = (server: net.Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })

/** Looks until nothing is wrong any more; gives what is wrong after all that time. */
export const untilFine = async (
  problem: () => Promise<string | undefined>,
  millis: number
): Promise<string | undefined> => {
  const end = performance.now() + millis
  for (;;) {
    const found = await problem()
    if (found === undefined || performance.now() > end) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
