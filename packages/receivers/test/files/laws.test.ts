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
import { gzipSync, zstdCompressSync } from "node:zlib"
import { openIn, temporaryDirectory, write } from "./support.ts"

interface Form<A> {
  readonly endless?: boolean
  readonly item: Arbitrary.Arbitrary<A>
  readonly receiverOf: (path: string) => Receiver.Receiver<unknown, Files.FilesError>
  /** What a file of these records holds. */
  readonly content: (records: ReadonlyArray<NoInfer<A>>) => string | Uint8Array
  /** How its name ends. */
  readonly suffix?: string
  /** How many records a file has. Defaults to three, so that there are several files. */
  readonly perFile?: number
}

const text: Arbitrary.Arbitrary<string> = Arbitrary.schema(Schema.Literals(["", "a", "two words", "é\u2028€", "a line that is longer than a block"]))
const isLinux = platform() === "linux"

const lawsOf = <A>(title: string, { content, endless = false, item, perFile = 3, receiverOf, suffix = "" }: Form<A>) => {
  const make = (records: ReadonlyArray<A>) =>
    Effect.map(temporaryDirectory, (path) => {
      for (let from = 0; from === 0 || from < records.length; from += perFile) {
        const name = `${String(from).padStart(5, "0")}${suffix}`
        write(path, { [name]: content(records.slice(from, from + perFile)) })
        utimesSync(join(path, name), 1, 1)
      }
      return { receiver: receiverOf(path), open: Effect.sync(() => openIn(path)) }
    })
  describe(`${title} keeps the laws of receivers`, () => {
    const laws = ReceiverLaws.all({
      delivery: "Replayable",
      endless,
      item,
      make,
      runs: 12,
      maxRecords: 30,
      // What was read of a file beyond what was handed over is bytes and not records.
      unobservable: isLinux ? ["taken"] : ["taken", "open"]
    })
    for (const law of laws) it.live(law.name, () => Effect.scoped(law.check))
  })
}

const options = { name: "files", blockBytes: 8 }
const lined = (records: ReadonlyArray<string>): string => records.map((record) => `${record}\n`).join("")

lawsOf("Files.lines", { item: text, content: lined, receiverOf: (path) => Files.lines({ ...options, path }) })

for (const [suffix, compress] of [[".gz", gzipSync], [".zst", zstdCompressSync]] as const) {
  lawsOf(`Files.lines of ${suffix}`, {
    item: text,
    suffix,
    content: (records) => compress(lined(records)),
    receiverOf: (path) => Files.lines({ ...options, path })
  })
}

lawsOf("Files.watch", {
  item: text,
  endless: true,
  content: lined,
  receiverOf: (path) => Files.watch({ ...options, path, pollInterval: "1 millis", format: Files.textLines() })
})

lawsOf("Files.tail", {
  item: text,
  endless: true,
  content: lined,
  perFile: Infinity,
  receiverOf: (path) =>
    Files.tail({ ...options, path: join(path, "00000"), pollInterval: "1 millis", format: Files.textLines() })
})

lawsOf("Files.read of JSON lines", {
  item: text,
  content: (records) => lined(records.map((record) => JSON.stringify(record))),
  receiverOf: (path) => Files.read({ ...options, path, format: Files.jsonLines(Schema.String) })
})

const row: Arbitrary.Arbitrary<{ readonly a: string; readonly b: string }> = Arbitrary.map(text, (a) => ({ a, b: "1,\n2" }))

lawsOf("Files.read of CSV", {
  item: row,
  content: (records) => `a,b\n${records.map(({ a, b }) => `"${a}","${b}"\r\n`).join("")}`,
  receiverOf: (path) =>
    Files.read({ ...options, path, format: Files.csv({ schema: Schema.Struct({ a: Schema.String, b: Schema.String }) }) })
})

const bytes: Arbitrary.Arbitrary<Uint8Array> = Arbitrary.map(text, (each) => Uint8Array.of(each.length, 10, 13))

lawsOf("Files.read of records of one length", {
  item: bytes,
  content: (records) => Buffer.concat(records),
  receiverOf: (path) => Files.read({ ...options, path, format: Files.fixedLength({ length: 3 }) })
})
