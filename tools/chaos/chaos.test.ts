/** A program that is killed loses nothing; and what checks that would notice. */
import { assert, describe, it } from "vitest"
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { defaultUrl, isThere } from "./Database.ts"
import { rampage } from "./rampage.ts"

describe("a pipeline with a checkpoint", () => {
  it.each(["files", "tcp"] as const)("holds every record once after five kills, lines from %s", async (source) => {
    const { findings, verdict } = await rampage({ kills: 5, source, seed: 4, seconds: 120, tell: () => {} })
    assert.deepStrictEqual(findings, [])
    assert.isAbove(verdict.windows, 5)
  }, 120_000)

  const isSkipped = process.env["MILLRACE_REQUIRE_SERVICES"] !== "1" && !isThere(defaultUrl)
  it.skipIf(isSkipped)("holds every record once in a PostgreSQL too", async () => {
    const options = { kills: 5, source: "files", postgres: defaultUrl, seed: 5, seconds: 120, tell: () => {} } as const
    const { findings } = await rampage(options)
    assert.deepStrictEqual(findings, [])
  }, 120_000)

  it("would be found out if it forgot", async () => {
    const options = { kills: 3, source: "files", seed: 2, seconds: 60, tell: () => {} } as const
    const { directory, findings } = await rampage({ ...options, forgets: true })
    assert.isTrue(findings.some(({ what }) => what === "doubled"))
    assert.isTrue(existsSync(join(directory, "records")), "what there is to see is kept")
    rmSync(directory, { recursive: true })
  }, 120_000)
})
