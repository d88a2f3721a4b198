/** The page names tests: they have to be there. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")
const page = readFileSync(join(root, "docs/hostile-input.md"), "utf8").replace(/\n +/g, " ")
const named = [...page.matchAll(/`((?:packages|tools)\/[^`]+\.ts)`: ([^|)\n]+)/g)].map(([, file = "", title = ""]) =>
  [file, title.trim()] as const)

describe("docs/hostile-input.md", () => {
  it("names a test for each row", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| ")).slice(2)
    for (const row of rows) assert.match(row, /`packages\/[^`]+\.test\.ts`: \w/)
    assert.isAbove(rows.length, 30)
  })

  it.each(named)("%s has: %s", (file, title) => {
    assert.isTrue(existsSync(join(root, file)))
    assert.include(readFileSync(join(root, file), "utf8"), title)
  })
})
