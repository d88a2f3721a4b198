/** A socket to the broker, with TLS where the url asks for it. */
import * as net from "node:net"
import * as tls from "node:tls"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Address } from "./address.ts"
import type { TlsOptions } from "./ConnectionOptions.ts"
import { type Reason, reasonOfSocket } from "./MqttError.ts"

/** It stands; whoever interrupts before closes it. */
export const dial = (address: Address, options: TlsOptions | undefined): Effect.Effect<net.Socket, Reason> =>
  Effect.callback((resume) => {
    let socket: net.Socket
    try {
      socket = create(address, options)
    } catch (error) {
      return resume(Effect.fail(reasonOfSocket(error)))
    }
    const failed = (error: unknown) => resume(Effect.fail(reasonOfSocket(error)))
    // It stays: an error that nobody listens to would end the process.
    socket.on("error", failed)
    socket.once("close", () => failed({ code: "closed by the broker" }))
    socket.once(address.isSecure ? "secureConnect" : "connect", () => resume(Effect.succeed(socket)))
    return Effect.sync(() => socket.destroy())
  })

const create = ({ host, isSecure, port }: Address, options: TlsOptions = {}): net.Socket => {
  if (!isSecure) return net.connect({ host, port, noDelay: true, keepAlive: true })
  const { ca, cert, key, passphrase, servername } = options
  return tls.connect({
    host,
    port,
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(servername === undefined ? {} : { servername }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: Redacted.value(key) }),
    ...(passphrase === undefined ? {} : { passphrase: Redacted.value(passphrase) })
  })
}
