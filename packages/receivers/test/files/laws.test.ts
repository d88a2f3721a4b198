import { describe, it } from "@effect/vitest"
import type { Receiver } from "@millrace/core"
import { ReceiverLaws } from "@millrace/core/testing"
import * as Files from "@millrace/receivers/Files"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { utimesSync } from "node:fs"
import { platform } from "node:os"
import { join } from "node:path"
import { openIn, temporaryDirectory, write } from "./support.ts"

type Text = Receiver.Receiver<string, Files.FilesError>

/** The records in files of three, in directories whose blocks are small. */
const makeWith = (receiverOf: (path: string) => Text) => (records: ReadonlyArray<string>) =>
  Effect.map(temporaryDirectory, (path) => {
    for (let from = 0; from < records.length; from += 3) {
      const name = String(from).padStart(5, "0")
      write(path, { [name]: records.slice(from, from + 3).map((record) => `${record}\n`).join("") })
      utimesSync(join(path, name), 1, 1)
    }
    return { receiver: receiverOf(path), open: Effect.sync(() => openIn(path)) }
  })

const forms: Readonly<Record<string, { readonly endless: boolean; readonly receiverOf: (path: string) => Text }>> = {
  "Files.lines": { endless: false, receiverOf: (path) => Files.lines({ name: "files", path, blockBytes: 8 }) },
  "Files.watch": {
    endless: true,
    receiverOf: (path) =>
      Files.watch({ name: "files", path, blockBytes: 8, pollInterval: "1 millis", format: Files.textLines() })
  }
}

for (const [name, { endless, receiverOf }] of Object.entries(forms)) {
  describe(`${name} keeps the laws of receivers`, () => {
    const laws = ReceiverLaws.all({
      delivery: "Replayable",
      endless,
      item: Arbitrary.schema(Schema.Literals(["", "a", "two words", "é\u2028€", "a line that is longer than a block"])),
      make: makeWith(receiverOf),
      runs: 30,
      // What was read of a file beyond what was handed over is bytes and not records.
      unobservable: platform() === "linux" ? ["taken"] : ["taken", "open"]
    })
    for (const law of laws) it.live(law.name, () => Effect.scoped(law.check))
  })
}
