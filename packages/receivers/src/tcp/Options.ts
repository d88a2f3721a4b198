/** What the TCP receivers may be told. */
import type * as tls from "node:tls"
import type { Lines, Receiver } from "@millrace/core"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { Frame } from "./Frame.ts"

/**
 * Where a client connects, and when it gives a connection up.
 *
 * @category options
 * @since 0.1.0
 */
export interface ConnectOptions extends Receiver.Options {
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
  /**
   * What the peer's closing means. `"reconnect"` (the default): the receiver fails with `Disconnected`, and its
   * `restart` policy opens it again. `"end"`: the receiver has ended.
   */
  readonly onEnd?: "reconnect" | "end" | undefined
  /** How long a connection may take to stand, TLS included. Defaults to 10 seconds. */
  readonly connectTimeout?: Duration.Input | undefined
  /**
   * How long no byte may come while the pipeline wants some. Defaults to no limit; the system probes a silent peer
   * after 30 seconds.
   */
  readonly idleTimeout?: Duration.Input | undefined
  /**
   * `true`, or options of `node:tls`. Unless they say otherwise it is TLS 1.2 at least, and the certificate must prove
   * the host.
   */
  readonly tls?: boolean | tls.ConnectionOptions | undefined
}

/**
 * Where a server listens, and what it grants.
 *
 * @category options
 * @since 0.1.0
 */
export interface ListenOptions extends Receiver.Options {
  /** The address to listen at. Defaults to `"127.0.0.1"`: nobody from outside. */
  readonly host?: string | undefined
  /** 0 to 65535, where 0 lets the system choose: `onListening` tells which. */
  readonly port: number
  /** Run once the port is open, each time the receiver is opened. */
  readonly onListening?: ((address: Address) => Effect.Effect<void>) | undefined
  /** Connections beyond this number are turned away. Defaults to 1,024. */
  readonly maxConnections?: number | undefined
  /** A connection on which no byte came for so long while some were wanted is closed. Defaults to 5 minutes. */
  readonly idleTimeout?: Duration.Input | undefined
  /**
   * Bytes of records that are not whole, over all connections. Beyond it the connection that holds most is closed.
   * Defaults to 64 MiB.
   */
  readonly maxPartialBytes?: number | undefined
  /** Options of `node:tls`, with the certificate and key of the server: at least TLS 1.2, unless they say otherwise. */
  readonly tls?: tls.TlsOptions | undefined
}

/**
 * Where a server listens.
 *
 * @category models
 * @since 0.1.0
 */
export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * What becomes of the beginning of a record when its connection ends. It is never joined to what the next connection
 * sends, and always counted.
 *
 * @category options
 * @since 0.1.0
 */
export interface PartialOptions {
  /**
   * `"emit"` (the default): it is a record where the framing can take it for one; what follows the last line ending is
   * a line. `"drop"`: it is forgotten.
   */
  readonly onPartial?: "emit" | "drop" | undefined
}

/**
 * How lines are read.
 *
 * @category options
 * @since 0.1.0
 */
export interface LineOptions
  extends PartialOptions, Pick<Lines.Options, "maxLineLength" | "onLongLine" | "onInvalidUtf8">
{}

/**
 * How bytes are framed.
 *
 * @category options
 * @since 0.1.0
 */
export interface FrameOptions<in out A> extends PartialOptions {
  readonly frame: Frame<A>
}
