import { afterAll, assert, describe, it } from "vitest"
import { SinkLaws } from "@millrace/core/testing"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readRows } from "./readRows.ts"
import { rows } from "./Rows.ts"

const directory = mkdtempSync(join(tmpdir(), "millrace-rows-"))
afterAll(() => rmSync(directory, { recursive: true }))

describe("rows keep the laws of sinks", () => {
  let places = 0
  const laws = SinkLaws.all({
    commitClass: "Transactional",
    item: Arbitrary.schema(Schema.Literals(["", "a", "é ' \" ;"])),
    make: Effect.sync(() => {
      const path = join(directory, String(places++))
      const outputs = ["output", "left", "right"]
      return {
        sink: rows(path, (line: string) => line),
        read: Effect.sync(() => outputs.flatMap((output) => readRows(path, output).map(([, line]) => line)))
      }
    }),
    runs: 10
  })
  it.each(laws.map((law) => [law.name, law] as const))("%s", async (_, law) => {
    await Effect.runPromise(Effect.scoped(law.check))
  })

  it("where nothing was written there are none", () => {
    assert.deepStrictEqual(readRows(join(directory, "none"), "rows"), [])
  })
})
