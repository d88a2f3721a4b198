import { describe, it } from "@effect/vitest"
import { ReceiverLaws } from "@millrace/core/testing"
import * as Files from "@millrace/receivers/Files"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { platform } from "node:os"
import { openIn, temporaryDirectory, write } from "./support.ts"

/** The records in files of three, in directories whose blocks are small. */
const make = (records: ReadonlyArray<string>) =>
  Effect.map(temporaryDirectory, (path) => {
    for (let from = 0; from < records.length; from += 3) {
      const name = String(from).padStart(5, "0")
      write(path, { [name]: records.slice(from, from + 3).map((record) => `${record}\n`).join("") })
    }
    return {
      receiver: Files.lines({ name: "files", path, blockBytes: 8 }),
      open: Effect.sync(() => openIn(path))
    }
  })

describe("Files.lines keeps the laws of receivers", () => {
  const laws = ReceiverLaws.all({
    delivery: "Replayable",
    item: Arbitrary.schema(Schema.Literals(["", "a", "two words", "é\u2028€", "a line that is longer than a block"])),
    make,
    // What was read of a file beyond what was handed over is bytes and not records.
    unobservable: platform() === "linux" ? ["taken"] : ["taken", "open"]
  })
  for (const law of laws) it.live(law.name, () => Effect.scoped(law.check))
})
