/**
 * A receiver for a source that calls: datagrams over UDP. Counts how often each was received, second by second.
 *
 *   npm run example -- own-receiver 8125
 *   echo -n hello | nc -u -w0 127.0.0.1 8125
 */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import * as Console from "@millrace/sinks/Console"
import { Data, Effect } from "effect"
import { createSocket } from "node:dgram"

/** UDP cannot be asked to wait: what finds no room is dropped, and each drop is reported. */
class DatagramDropped extends Data.TaggedError("DatagramDropped")<{ readonly bytes: number }> {
  override get message() {
    return `a datagram of ${this.bytes} bytes found no room`
  }
}

/** What follows is Spark's `onStart`; the finalizer is `onStop`. An error opens the receiver again. */
const datagrams = (options: { readonly name: string; readonly port: number }) =>
  Receiver.push({ name: options.name }, ({ reportErrorUnsafe, restartUnsafe, storeUnsafe }: Receiver.Push<string>) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const socket = createSocket("udp4")
        socket.on("message", (bytes) => {
          if (!storeUnsafe([bytes.toString()])) reportErrorUnsafe(new DatagramDropped({ bytes: bytes.length }))
        })
        socket.on("error", restartUnsafe)
        return socket.bind(options.port, "127.0.0.1")
      }),
      (socket) => Effect.sync(() => socket.close())
    ))

const [port = "8125"] = process.argv.slice(2)

const counts = DStream.countByValue(DStream.fromReceiver(datagrams({ name: "datagrams", port: Number(port) })))

runMain(Pipeline.make("datagrams", {
  batchInterval: "1 second",
  outputs: [DStream.to(counts, "print", Console.print())]
}))
