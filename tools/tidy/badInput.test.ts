/** The table of bad input names tests: they have to be there. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

const root = join(import.meta.dirname, "../..")
const page = readFileSync(join(root, "docs/connectors.md"), "utf8")
const rows = page.split("\n").filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").map((cell) => cell.trim()))
const named = rows.slice(rows.findIndex((cells) => cells[4] === "test") + 2).map((cells) => cells[4] ?? "")

/** `receivers/kafka/a.test.ts` is a test of that package; a name without a folder is beside the one before. */
const filesIn = (cell: string): ReadonlyArray<string> => {
  let beside = ""
  return [...cell.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, name = ""]) => {
    const [area = "", ...rest] = name.split("/")
    const path = rest.length === 0 ? join(beside, name) : join("packages", area, "test", ...rest)
    beside = dirname(path)
    return path
  })
}

const titlesIn = (cell: string): ReadonlyArray<string> =>
  cell.replace(/`[^`]+`(, )?/g, "").split(/[:;] /).map((title) => title.trim()).filter((title) => title !== "")

describe("docs/connectors.md", () => {
  it("has a row for what every kind of server does wrong", () => assert.isAbove(named.length, 60))

  it.each(named)("%s", (cell) => {
    const files = filesIn(cell)
    assert.isNotEmpty(files)
    for (const file of files) assert.isTrue(existsSync(join(root, file)), `${file} is not there`)
    const text = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n")
    for (const title of titlesIn(cell)) {
      const parts = title.split(", ").map((part) => part.replace(/^and /, ""))
      const isThere = text.includes(title) || parts.every((part) => text.includes(part))
      assert.isTrue(isThere, `no test is called: ${title}`)
    }
  })
})
