/**
 * Lines and frames over TCP, read as a client or taken in as a server.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { Decoder, Lines, Receiver } from "@millrace/core"
import * as Schema from "effect/Schema"
import { connect } from "./connect.ts"
import { decode } from "./decode.ts"
import type { Frame } from "./Frame.ts"
import { listen } from "./listen.ts"
import type { ConnectOptions, FrameOptions, LineOptions, ListenOptions } from "./Options.ts"
import type { TcpError } from "./TcpError.ts"

const lineFrame = (options: LineOptions): Frame<string> => ({
  framer: () => Lines.make({ ...options, decode })
})

/**
 * Connects to `host` and reads UTF-8 lines, as Spark's `socketTextStream` does. When the peer closes or the connection
 * breaks, the `restart` policy opens a new one.
 *
 * TCP keeps nothing: what was read and is not durable when the process dies is lost, and so is what the peer sent while
 * nobody was connected. Lines are durable once they are in the journal of a `CheckpointStore`, and without one when their
 * batch is delivered. A pipeline that is stopped has got every line up to some line, and none after it.
 * The pipeline's pace reaches the peer: while the buffer is full the socket is not read, and the peer's writes wait.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Tcp from "@millrace/receivers/Tcp"
 *
 * const lines = Tcp.lines({ name: "words", host: "127.0.0.1", port: 9999, idleTimeout: "1 minute" })
 * lines.delivery // => "Unreplayable"
 * ```
 *
 * @category client
 * @since 0.1.0
 */
export const lines = (options: ConnectOptions & LineOptions): Receiver.Receiver<string, TcpError> =>
  Receiver.make({
    ...options,
    decoder: Decoder.split("\n"),
    chunk: Schema.String,
    open: () => connect(options, lineFrame(options))
  })

/**
 * Connects to `host` and reads what `frame` makes of the bytes, as Spark's `socketStream` does with a converter. What
 * is said of `lines` holds.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Tcp from "@millrace/receivers/Tcp"
 *
 * const frame = Tcp.lengthPrefixed({ maxLength: 64 * 1024 })
 * Tcp.bytes({ name: "frames", host: "127.0.0.1", port: 9999, frame }).name // => "frames"
 * ```
 *
 * @category client
 * @since 0.1.0
 */
export const bytes = <A>(options: ConnectOptions & FrameOptions<A>): Receiver.Receiver<A, TcpError> =>
  Receiver.make({ ...options, chunk: options.frame.chunk, open: () => connect(options, options.frame) })

/**
 * Listens and takes in UTF-8 lines from whoever connects. Every connection has its own beginning and end; the lines of
 * one keep their order, those of several are mixed as they come.
 *
 * A connection that breaks, idles or sends what cannot be read is closed, counted and reported as an error that the
 * receiver lives through; it never ends the receiver, nor disturbs the others. When the pipeline has no room, all peers
 * wait, and no one gets more than its turn. It listens at `127.0.0.1` unless told otherwise, and to `onListening` it
 * says where.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Tcp from "@millrace/receivers/Tcp"
 * import { Effect } from "effect"
 *
 * const logs = Tcp.listenLines({
 *   name: "logs",
 *   port: 0,
 *   onListening: ({ host, port }) => Effect.log(`send logs to ${host}:${port}`)
 * })
 * logs.delivery // => "Unreplayable"
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export const listenLines = (options: ListenOptions & LineOptions): Receiver.Receiver<string, TcpError> =>
  Receiver.make({
    ...options,
    decoder: Decoder.split("\n"),
    chunk: Schema.String,
    open: () => listen(options, lineFrame(options))
  })

/**
 * Listens and takes in what `frame` makes of the bytes of each connection. What is said of `listenLines` holds.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Tcp from "@millrace/receivers/Tcp"
 *
 * Tcp.listenBytes({ name: "readings", port: 0, frame: Tcp.fixedLength(16), maxConnections: 50 }).name // => "readings"
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export const listenBytes = <A>(options: ListenOptions & FrameOptions<A>): Receiver.Receiver<A, TcpError> =>
  Receiver.make({ ...options, chunk: options.frame.chunk, open: () => listen(options, options.frame) })
