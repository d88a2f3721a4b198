/** The lines that come from a source, read by the receiver for it. */
import { DStream } from "@millrace/core"
import * as Files from "@millrace/receivers/Files"
import * as Tcp from "@millrace/receivers/Tcp"
import { join } from "node:path"
import type { Settings } from "./Settings.ts"

export const linesOf = ({ directory, rate, source }: Settings): DStream.DStream<string, unknown> => {
  const options = { name: "input", initialRate: rate }
  switch (source._tag) {
    case "files":
      return DStream.fromReceiver(
        Files.lines({ ...options, path: join(directory, "input"), blockBytes: 8 * 1024, maxRate: rate })
      )
    case "tcp":
      return DStream.fromReceiver(Tcp.lines({ ...options, host: "127.0.0.1", port: source.port, onEnd: "end" }))
    default:
      throw new Error(`there is no receiver for ${source._tag}`)
  }
}
